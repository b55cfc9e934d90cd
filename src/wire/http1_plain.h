#pragma once
#include <cstddef>
#include <string_view>

/// The commonest HTTP/1.1 messages, told at a glance.
namespace pl::wire {

/// How many bytes the request takes that `bytes` begin with, where it is a plain one: HTTP/1.1, whole, with lines that
/// end with CRLF, a method in capitals other than HEAD and CONNECT, and no other framing than one Content-Length. 0:
/// Http1Parser has to read it, and may take it or refuse it. What is plain, Http1Parser takes too, at the same length,
/// where it keeps framing alone.
std::size_t plain_request(std::string_view bytes);
/// The same of an answer to another method than HEAD: of 200 and above but 204 and 304, with a Content-Length.
std::size_t plain_answer(std::string_view bytes);

}  // namespace pl::wire
