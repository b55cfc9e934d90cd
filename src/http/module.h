#pragma once
// http: HTTP/1.1 client and server on the reactor.
