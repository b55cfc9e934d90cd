#pragma once
#include <string>

#include "base/result.h"

namespace pl::os {

/// A shared library that is loaded when it is needed, so that the program also starts where it is missing. Never
/// unloaded: its code may have registered things.
class Library {
 public:
  /// By its file name as the dynamic linker searches it: "libpq.so.5". Errc::not_found says what the linker said.
  static Result<Library> open(const std::string& name);
  /// The address of a function; Errc::not_found where the library has none of that name.
  Result<void*> symbol(const std::string& name) const;

 private:
  Library(std::string name, void* handle) : name_(std::move(name)), handle_(handle) {}
  std::string name_;
  void* handle_;
};

}  // namespace pl::os
