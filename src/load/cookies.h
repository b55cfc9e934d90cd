#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pl::load {

/// A virtual user's cookies (RFC 6265), for one host. Secure cookies are sent over plain HTTP too: customers reach the
/// application through TLS that ends before it. Lasting is told by Max-Age and by an Expires before the year 2000,
/// which is how applications delete; other lifetimes are longer than a run.
class CookieJar {
 public:
  /// Takes one Set-Cookie header that answered a request for `request_path`. Malformed ones are ignored (section 5.2).
  void set(std::string_view set_cookie, std::string_view request_path);
  /// The Cookie header for a request target, longest paths first; empty where there are none.
  std::string header(std::string_view target) const;
  void clear() { cookies_.clear(); }
  bool empty() const { return cookies_.empty(); }

 private:
  struct Cookie {
    std::string name, value, path;
  };
  std::vector<Cookie> cookies_;
};

}  // namespace pl::load
