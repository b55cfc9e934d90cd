#include "data/libpq.h"

#include "os/library.h"

namespace pl::data {
namespace {

template <class Function>
Result<void> take(const os::Library& library, const char* name, Function*& place) {
  place = reinterpret_cast<Function*>(PL_TRY(library.symbol(name)));
  return {};
}

Result<Libpq> load() {
  auto library = os::Library::open("libpq.so.5");
  if (!library) {
    return fail(Errc::not_found, library.error().detail + " (PostgreSQL's client library: apt-get install libpq5)");
  }
  Libpq functions;
  PL_TRY(take(*library, "PQconnectdbParams", functions.connectdb_params));
  PL_TRY(take(*library, "PQstatus", functions.status));
  PL_TRY(take(*library, "PQerrorMessage", functions.error_message));
  PL_TRY(take(*library, "PQfinish", functions.finish));
  PL_TRY(take(*library, "PQexec", functions.exec));
  PL_TRY(take(*library, "PQexecParams", functions.exec_params));
  PL_TRY(take(*library, "PQresultStatus", functions.result_status));
  PL_TRY(take(*library, "PQresultErrorField", functions.result_field));
  PL_TRY(take(*library, "PQntuples", functions.tuples));
  PL_TRY(take(*library, "PQnfields", functions.fields));
  PL_TRY(take(*library, "PQgetvalue", functions.get_value));
  PL_TRY(take(*library, "PQclear", functions.clear));
  return functions;
}

}  // namespace

Result<const Libpq*> libpq() {
  static const Result<Libpq> loaded = load();
  if (!loaded) return std::unexpected(loaded.error());
  return &*loaded;
}

}  // namespace pl::data
