#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pl::facts {

/// What a program is called for people: the script or jar of an interpreter ("server.js", "shop/index.js",
/// "api.jar"), else the base name of argv[0].
std::string program_name(const std::vector<std::string>& argv, std::string_view exe);

/// A product as announced on the wire, as it is drawn: "postgres" for "PostgreSQL".
std::string product_name(std::string_view product, std::string_view protocol);

/// The part of an announced version that people say: "15.18" of "15.18 (Debian 15.18-0+deb12u1)".
std::string short_version(std::string_view version);

}  // namespace pl::facts
