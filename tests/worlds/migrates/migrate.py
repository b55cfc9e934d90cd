"""What has to be done before the application starts; needs the backend."""
import web

web.need_backend(otherwise=3)
