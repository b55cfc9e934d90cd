#pragma once
#include <thread>
#include <vector>

#include "base/handoff.h"
#include "os/fd.h"

namespace pl::test {

/// A server outside the sandbox, at one port of 127.0.0.1 and ::1: says "hello", then repeats what it hears.
class EchoServer {
 public:
  EchoServer();
  ~EchoServer();
  int port = 0;
  bool has_ipv6 = false;

 private:
  void run();
  os::Fd listener4_, listener6_, wake_, wake_write_;
  std::vector<os::Fd> clients_;
  std::thread thread_;
};

}  // namespace pl::test
