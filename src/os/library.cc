#include "os/library.h"

#include <dlfcn.h>

namespace pl::os {

Result<Library> Library::open(const std::string& name) {
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle != nullptr) return Library(name, handle);
  const char* said = ::dlerror();
  return fail(Errc::not_found, said != nullptr ? said : name + " cannot be loaded");
}

Result<void*> Library::symbol(const std::string& name) const {
  void* address = ::dlsym(handle_, name.c_str());
  if (address != nullptr) return address;
  return fail(Errc::not_found, name_ + " has no " + name);
}

}  // namespace pl::os
