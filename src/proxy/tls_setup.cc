#include "proxy/tls_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "os/clock.h"
#include "os/file.h"

namespace pl::proxy {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kLife = 365 * kDay;  ///< Of a certificate that is made; clients refuse longer ones.

ApiResult<void> known_fields(const Json& json, std::string_view what, std::span<const std::string_view> fields) {
  if (!json.is_object()) return bad_body(fmt::format("{} must be true or an object", what));
  for (const auto& [field, value] : json.members()) {
    if (std::ranges::find(fields, field) == fields.end())
      return bad_body(fmt::format("{} has no field \"{}\"", what, field), field);
  }
  return {};
}

/// Whether a side is off: not given, null or false.
bool off(const Json& json) { return json.is_null() || (json.is_bool() && !json.as_bool()); }

ApiResult<TlsFiles> read_files(const Json& json) {
  TlsFiles files;
  files.certificate = PL_TRY(text_of(json, "certificate", ""));
  files.key = PL_TRY(text_of(json, "key", ""));
  return files;
}

ApiResult<TlsFiles> read_listen(const Json& json) {
  static constexpr std::string_view kFields[] = {"certificate", "key"};
  if (json.is_bool()) return TlsFiles();
  PL_TRY(known_fields(json, "tls.listen", kFields));
  TlsFiles files = PL_TRY(read_files(json));
  if (files.certificate.empty() || files.key.empty()) {
    return bad_body("tls.listen needs both certificate and key, or true for one that is made");
  }
  return files;
}

ApiResult<TlsSpec::Upstream> read_upstream(const Json& json) {
  static constexpr std::string_view kFields[] = {"verify", "ca", "name", "certificate", "key"};
  TlsSpec::Upstream upstream;
  if (json.is_bool()) return upstream;
  PL_TRY(known_fields(json, "tls.upstream", kFields));
  const Json& verify = json["verify"];
  if (!verify.is_null() && !verify.is_bool()) return bad_body("tls.upstream.verify must be true or false", "verify");
  upstream.verify = verify.as_bool(true);
  upstream.ca = PL_TRY(text_of(json, "ca", ""));
  upstream.name = PL_TRY(text_of(json, "name", ""));
  upstream.own = PL_TRY(read_files(json));
  if (upstream.own.certificate.empty() != upstream.own.key.empty()) {
    return bad_body("tls.upstream needs both certificate and key, or neither");
  }
  return upstream;
}

ApiResult<const StartTlsRow*> read_starttls(const Json& json, const TlsSpec& spec) {
  const std::string name = PL_TRY(text_of(json, "starttls", ""));
  if (name.empty()) return nullptr;
  const StartTlsRow* const row = find_starttls(name);
  if (!row) {
    std::string names;
    for (const StartTlsRow* each : starttls_rows())
      names += fmt::format("{}{}", names.empty() ? "" : " or ", each->name);
    return bad_body(fmt::format("tls.starttls must be {}", names), "starttls");
  }
  if (!spec.used()) return bad_body("tls.starttls needs listen, upstream or both", "starttls");
  if (row->needs_both && !(spec.listen && spec.upstream)) {
    return bad_body(fmt::format("tls.starttls {} needs both listen and upstream", name), "starttls");
  }
  return row;
}

Json with_files(Json json, const TlsFiles& files) {
  if (!files.none()) json.set("certificate", files.certificate).set("key", files.key);
  return json;
}

/// What is read at once, on the reactor's thread: a pipe without a writer would keep it for ever.
ApiResult<void> regular_file(std::string_view what, const std::string& path) {
  if (!os::is_no_regular_file(path)) return {};
  return bad_body(fmt::format("tls: {} {} is no regular file", what, path));
}

ApiResult<void> regular_files(const TlsSpec& spec) {
  if (spec.upstream) PL_TRY(regular_file("ca", spec.upstream->ca));
  for (const TlsFiles& files : {spec.listen.value_or(TlsFiles()), spec.upstream.value_or(TlsSpec::Upstream()).own}) {
    PL_TRY(regular_file("certificate", files.certificate));
    PL_TRY(regular_file("key", files.key));
  }
  return {};
}

/// Of a Result for the control API.
template <class T>
ApiResult<T> as_request(Result<T> result) {
  if (!result) return bad_body("tls: " + result.error().message());
  return std::move(*result);
}

}  // namespace

ApiResult<TlsSpec> read_tls(const Json& json) {
  static constexpr std::string_view kFields[] = {"listen", "upstream", "starttls"};
  TlsSpec spec;
  if (off(json)) return spec;
  if (!json.is_object()) return bad_body("tls must be an object with listen, upstream or both");
  PL_TRY(known_fields(json, "tls", kFields));
  if (!off(json["listen"])) spec.listen = PL_TRY(within("listen", read_listen(json["listen"])));
  if (!off(json["upstream"])) spec.upstream = PL_TRY(within("upstream", read_upstream(json["upstream"])));
  spec.starttls = PL_TRY(read_starttls(json, spec));
  return spec;
}

Json to_json(const TlsSpec& spec) {
  Json json = Json::object();
  if (spec.listen) json.set("listen", spec.listen->none() ? Json(true) : with_files(Json::object(), *spec.listen));
  if (spec.starttls) json.set("starttls", spec.starttls->name);
  if (!spec.upstream) return json;
  Json upstream = Json::object().set("verify", spec.upstream->verify);
  if (!spec.upstream->ca.empty()) upstream.set("ca", spec.upstream->ca);
  if (!spec.upstream->name.empty()) upstream.set("name", spec.upstream->name);
  return json.set("upstream", with_files(std::move(upstream), spec.upstream->own));
}

Result<const TlsAuthority*> TlsWorld::authority() {
  if (!authority_) authority_ = PL_TRY(TlsAuthority::create(os::wall_seconds()));
  return &*authority_;
}

ApiResult<std::shared_ptr<TlsSetup>> TlsSetup::create(const TlsSpec& spec, const std::vector<std::string>& upstreams,
                                                      TlsWorld& world) {
  auto made = std::make_shared<TlsSetup>();
  made->spec_ = spec;
  PL_TRY(regular_files(spec));
  if (spec.listen) {
    made->authority_ = PL_TRY(as_request(world.authority()));
    made->leaf_.names = {"localhost", "127.0.0.1", "::1"};
    made->leaf_.names.insert(made->leaf_.names.end(), upstreams.begin(), upstreams.end());
    if (!spec.listen->none()) {
      made->leaf_.like = PL_TRY(as_request(read_certificate(spec.listen->certificate)));
    }
    PL_TRY(as_request(made->server(Handshake::normal)));
  }
  if (spec.upstream) {
    const TlsSpec::Upstream& upstream = *spec.upstream;
    made->names_ = upstreams;
    if (upstreams.empty() || !upstream.name.empty()) {
      made->names_ = {upstream.name.empty() ? std::string("localhost") : upstream.name};
    }
    for (const std::string& name : made->names_) {
      if (made->clients_.contains(name)) continue;
      made->clients_[name] = PL_TRY(as_request(TlsContext::client(name, upstream.verify, upstream.ca, upstream.own)));
    }
  }
  return made;
}

Result<TlsContext> TlsSetup::server(Handshake fault) {
  if (fault == Handshake::stall) fault = Handshake::normal;
  const auto found = servers_.find(fault);
  if (found != servers_.end()) return found->second;
  TlsContext made = PL_TRY(make_server(fault));
  return servers_[fault] = made;
}

Result<TlsContext> TlsSetup::make_server(Handshake fault) const {
  const TlsVersions versions = fault == Handshake::old ? TlsVersions::old : TlsVersions::usual;
  const bool right = fault == Handshake::normal || fault == Handshake::old;
  if (right && !spec_.listen->none()) return TlsContext::server(*spec_.listen, versions);
  const std::int64_t now = os::wall_seconds();
  TlsLeaf leaf = leaf_;
  leaf.dates = {now - kDay, now + kLife};
  if (fault == Handshake::expired) leaf.dates = {now - 2 * kLife, now - kDay};
  if (fault == Handshake::not_yet_valid) leaf.dates = {now + kDay, now + kLife};
  if (fault == Handshake::wrong_name) {
    leaf.names = {"wrong-name.invalid"};
    leaf.like.reset();
  }
  if (fault == Handshake::untrusted) {
    const TlsAuthority stranger = PL_TRY(TlsAuthority::create(now, "an authority that nobody knows"));
    const TlsIdentity strange = PL_TRY(stranger.issue(leaf));
    return TlsContext::server(strange);
  }
  const TlsIdentity identity = PL_TRY(authority_->issue(leaf));
  return TlsContext::server(identity, versions);
}

}  // namespace pl::proxy
