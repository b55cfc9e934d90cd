#pragma once
#include "base/result.h"

namespace pl::data {

/// The functions of libpq that are used (PostgreSQL documentation, chapter "libpq - C Library"), by their own names.
struct Libpq {
  using Conn = struct pg_conn;
  using Answer = struct pg_result;
  Conn* (*connectdb_params)(const char* const* keywords, const char* const* values, int expand) = nullptr;
  int (*status)(const Conn*) = nullptr;
  char* (*error_message)(const Conn*) = nullptr;
  void (*finish)(Conn*) = nullptr;
  Answer* (*exec)(Conn*, const char*) = nullptr;
  Answer* (*exec_params)(Conn*, const char*, int count, const unsigned* types, const char* const* values,
                         const int* lengths, const int* formats, int format) = nullptr;
  int (*result_status)(const Answer*) = nullptr;
  char* (*result_field)(const Answer*, int field) = nullptr;
  int (*tuples)(const Answer*) = nullptr;
  int (*fields)(const Answer*) = nullptr;
  char* (*get_value)(const Answer*, int row, int column) = nullptr;
  void (*clear)(Answer*) = nullptr;
};

/// Values of libpq-fe.h and postgres_ext.h, which do not change within libpq.so.5.
inline constexpr int kConnectionOk = 0;
inline constexpr int kCommandOk = 1;
inline constexpr int kTuplesOk = 2;
inline constexpr int kMessagePrimary = 'M';

/// libpq.so.5, loaded once; Errc::not_found says what is missing and how to install it.
Result<const Libpq*> libpq();

}  // namespace pl::data
