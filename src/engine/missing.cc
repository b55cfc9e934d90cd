#include "engine/missing.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "facts/address.h"

namespace pl::engine {
namespace {

constexpr std::size_t kPlaces = 2;  ///< Of each kind.
constexpr std::int64_t kNameServer = 53;

struct Place {
  std::string name, address;
  std::int64_t port = 0;
};

bool same(const Place& a, const Place& b) {
  if (a.port != b.port) return false;
  if (!a.name.empty() && a.name == b.name) return true;  // One name, several addresses.
  return a.address == b.address || (facts::is_loopback(a.address) && facts::is_loopback(b.address));
}

/// Whether a text has the place; this machine's by any of its addresses, since a program tries them in turn.
bool tells(std::string_view said, const Place& place) {
  const auto has = [&](std::string_view address) {
    return said.find(facts::address_text(address, place.port)) != std::string_view::npos;
  };
  return has(place.address) ||
         (facts::is_loopback(place.address) && (has("127.0.0.1") || has("::1") || has("localhost")));
}

void add(std::vector<Place>& places, Place place, std::string_view said) {
  const bool known = std::ranges::any_of(places, [&](const Place& one) { return same(one, place); });
  if (!known && !tells(said, place) && places.size() < kPlaces) places.push_back(std::move(place));
}

std::string name_of(const facts::Facts& facts, const std::string& address, std::int64_t port) {
  for (const auto& seen : facts.unmet) {
    const record::ConnectSeen& one = seen.value;
    const bool named = one.port == port && !one.name.empty() && !facts::is_local_name(one.name);
    if (named && facts::plain_address(one.address) == address && one.name != address) return one.name;
  }
  return {};
}

bool listens(const facts::Facts& facts, const std::string& address, std::int64_t port) {
  for (const facts::Component& component : facts.topology.components) {
    const auto here = [&](const facts::Listener& one) { return facts::match_listener(one, address, port) > 0; };
    if (component.inside && std::ranges::any_of(component.listeners, here)) return true;
  }
  return false;
}

std::string words(const Place& place, std::string_view why) {
  const std::string at = facts::address_text(place.address, place.port);
  const std::string name = place.port == kNameServer ? "a name server" : place.name;
  return name.empty() ? fmt::format("{} ({})", at, why) : fmt::format("{} ({}, {})", name, at, why);
}

}  // namespace

std::string asked_for(const facts::Facts& facts, std::string_view said) {
  std::vector<Place> outside, silent;
  for (const auto& seen : facts.refused) {
    const std::string address = facts::plain_address(seen.value.address);
    add(outside, {name_of(facts, address, seen.value.port), address, seen.value.port}, said);
  }
  for (const auto& seen : facts.unmet) {
    const std::string address = facts::plain_address(seen.value.address);
    // A start script that waited for it found it in the end.
    if (seen.value.result != "refused" || listens(facts, address, seen.value.port)) continue;
    add(silent, {name_of(facts, address, seen.value.port), address, seen.value.port}, said);
  }
  std::vector<std::string> all;
  for (const Place& place : silent) all.push_back(words(place, "nothing listens there"));
  for (const Place& place : outside) all.push_back(words(place, "outside the sandbox"));
  if (all.empty()) return {};
  std::string text = "it asked for " + all[0];
  for (std::size_t i = 1; i < all.size(); ++i) text += (i + 1 == all.size() ? " and " : ", ") + all[i];
  return text;
}

bool says_more(std::string_view line, std::string_view answer) {
  std::size_t count = 0, told = 0;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (const std::string_view word = line.substr(0, end); !word.empty()) {
      ++count;
      told += answer.find(word) != std::string_view::npos ? 1 : 0;
    }
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return told * 2 < count;
}

std::string hints(const facts::Facts& facts, bool provided, std::string_view said) {
  std::string text;
  if (const std::string asked = asked_for(facts, said); !asked.empty()) text = "; " + asked;
  if (!provided) text += "; if it needs a database or a model: --provide auto";
  return text;
}

}  // namespace pl::engine
