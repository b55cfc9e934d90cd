#pragma once
#include <string>
#include <vector>

#include "wire/http1.h"

namespace pl::wire {

/// A credential that a request carries in clear.
struct Credential {
  std::string field;   ///< Lower-case name of the header field.
  std::string secret;  ///< The token, key or password itself.
};

/// What a request's head says about who sends it.
struct Sender {
  std::vector<Credential> credentials;
  std::string product;  ///< "Node.js", "Python", "Go", "Java", "PHP", "Ruby"; empty where unsaid.
  std::string version;
  bool traced = false;  ///< It belongs to a trace, or exports one.
};

/// Reads Authorization (RFC 9110 section 11.6.2; of Basic the password), the key fields of common providers, the run
/// time as HTTP clients announce it, and trace contexts (W3C Trace Context, B3, OTLP over HTTP).
Sender read_sender(const HttpHead& request);

}  // namespace pl::wire
