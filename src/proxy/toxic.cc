#include "proxy/toxic.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "proxy/dns_stream.h"
#include "proxy/go_json.h"

namespace pl::proxy {
namespace {

/// FNV-1a: the same on every machine.
std::uint64_t hash_of(std::string_view text, std::uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

/// The attributes that the row knows; a null is as good as nothing, as in Go.
ApiResult<Json> known_attributes(const FaultRow& row, const Json& given, Reading reading) {
  if (!given.is_null() && !given.is_object()) return bad_body("attributes must be an object", "attributes");
  Json known = Json::object();
  for (const auto& [name, value] : given.members()) {
    const bool is_known = std::ranges::find(row.parameters, name, &ParameterRow::name) != row.parameters.end();
    if ((is_known || reading == Reading::strict) && !value.is_null()) known.set(name, value);
  }
  return known;
}

ApiResult<Values> read_attributes(const FaultRow& row, const Json& attributes) {
  Result<Values> values = read_values(row, attributes);
  if (values) return std::move(*values);
  // Which one it is: that is refused alone too.
  for (const auto& [name, value] : attributes.members()) {
    const Result<Values> alone = read_values(row, Json::object().set(name, value));
    if (alone || alone.error().detail != values.error().detail) continue;
    return within("attributes", ApiResult<Values>(bad_body(alone.error().detail, name)));
  }
  return bad_body(values.error().detail, "attributes");
}

ApiResult<double> toxicity_of(const Json& json, double fallback) {
  const Json& value = json["toxicity"];
  if (value.is_null()) return fallback;
  if (!value.is_number()) return bad_body("toxicity must be a number", "toxicity");
  return value.as_double();
}

/// Makes the fault of a toxic that has its seed and its measure.
ApiResult<void> put_into_force(Toxic& toxic, const ToxicSpec& spec) {
  const FaultContext context{.rng = Rng(toxic.seed ^ 0x94d049bb133111ebULL), .measure = toxic.measure.get()};
  const auto keep = [](auto made, auto& into) -> ApiResult<void> {
    if (!made) return bad_body(made.error().detail);
    into = std::move(*made);
    return {};
  };
  toxic.spec = spec;
  if (spec.row->is_dns()) {
    PL_TRY(keep(spec.row->make_dns(spec.values, context), toxic.dns));
    toxic.fault = std::make_unique<DnsStreamFault>(*toxic.dns, *toxic.measure);
    return {};
  }
  return keep(spec.row->make(spec.values, context), toxic.fault);
}

}  // namespace

Way ToxicSpec::stream_way() const { return lower(stream) == "upstream" ? Way::up : Way::down; }

Ways ToxicSpec::ways() const {
  if (row->applies != "stream") return Ways::both;
  return stream_way() == Way::up ? Ways::up : Ways::down;
}

ApiResult<ToxicSpec> read_toxic(const Json& json, Reading reading) {
  if (!is_object(json, reading)) return bad_body("a toxic must be an object");
  static constexpr std::string_view kFields[] = {"name", "type", "stream", "toxicity", "attributes"};
  for (const auto& [field, value] : json.members()) {
    if (reading == Reading::strict && std::ranges::find(kFields, field) == std::end(kFields)) {
      return bad_body(fmt::format("a toxic has no field \"{}\"", field), field);
    }
  }
  ToxicSpec spec;
  spec.type = PL_TRY(text_of(json, "type", ""));
  spec.stream = PL_TRY(text_of(json, "stream", "downstream"));
  spec.name = PL_TRY(text_of(json, "name", ""));
  spec.toxicity = PL_TRY(toxicity_of(json, 1));
  if (reading == Reading::strict && !(spec.toxicity >= 0 && spec.toxicity <= 1)) {
    return bad_body(fmt::format("toxicity must be a number from 0 to 1, not {}", go_json(json["toxicity"])),
                    "toxicity");
  }
  if (lower(spec.stream) != "upstream" && lower(spec.stream) != "downstream") {
    return refuse(400, "stream was invalid, can be either upstream or downstream", "stream");
  }
  if (spec.name.empty()) spec.name = spec.type + "_" + spec.stream;
  spec.row = find_toxic(spec.type);
  if (!spec.row) return refuse(400, "invalid toxic type", "type");
  const Json attributes = PL_TRY(known_attributes(*spec.row, json["attributes"], reading));
  spec.values = PL_TRY(read_attributes(*spec.row, attributes));
  return spec;
}

std::unexpected<ApiError> too_many_toxics() {
  return refuse(400, fmt::format("a proxy has at most {} toxics", limits::kRelayFaults));
}

ApiResult<ToxicSpec> merge_toxic(const ToxicSpec& old, const Json& json) {
  if (!is_object(json, Reading::lenient)) return bad_body("a toxic must be an object");
  ToxicSpec spec = old;
  spec.toxicity = PL_TRY(toxicity_of(json, old.toxicity));
  const Json given = PL_TRY(known_attributes(*old.row, json["attributes"], Reading::lenient));
  Json attributes = old.values.given();
  for (const auto& [name, value] : given.members()) attributes.set(name, value);
  spec.values = PL_TRY(read_attributes(*old.row, attributes));
  // What the row itself refuses is refused here too: an update has no way to say so.
  Toxic unused;
  unused.measure = std::make_shared<Measure>();
  PL_TRY(put_into_force(unused, spec));
  return spec;
}

Json to_json(const ToxicSpec& spec) {
  Json json = Json::object();
  json.set("attributes", spec.values.to_json()).set("name", spec.name).set("type", spec.type);
  return json.set("stream", spec.stream).set("toxicity", spec.toxicity);
}

void Toxic::update(ToxicSpec wanted) {
  spec = std::move(wanted);
  if (dns) return dns->update(spec.values);
  fault->update(spec.values);
}

bool Toxic::meets(std::uint64_t connection) const {
  if (spec.toxicity >= 1) return true;
  return chance_of(seed, {.number = connection}).uniform() < spec.toxicity;
}

ApiResult<std::unique_ptr<Toxic>> make_toxic(const ToxicSpec& spec, const std::string& proxy, FaultId id,
                                             std::uint64_t seed) {
  auto toxic = std::make_unique<Toxic>();
  toxic->id = id;
  toxic->seed = hash_of(spec.name, hash_of(proxy, 0xcbf29ce484222325ULL ^ seed));
  toxic->measure = std::make_shared<Measure>();
  PL_TRY(put_into_force(*toxic, spec));
  return toxic;
}

}  // namespace pl::proxy
