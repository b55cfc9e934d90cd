#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "base/rng.h"
#include "wire/http2.h"

using namespace pl;
using namespace pl::wire;

namespace {

std::string text_of(const HttpHeaders& fields) {
  std::string out;
  for (const auto& [name, value] : fields) out += "|" + name + "=" + value;
  return out;
}

/// What a reader says of some pieces; parts of one frame are one, and the bytes as they came are compared.
std::string told(Http2Reader& reader, std::initializer_list<std::string_view> pieces) {
  std::string out, body, came, all;
  std::size_t counted = 0;
  for (std::string_view piece : pieces) {
    all += piece;
    for (;;) {
      const auto step = reader.next(piece);
      if (step == Http2Reader::Step::more) break;
      if (step == Http2Reader::Step::error) {
        CHECK(came + std::string(reader.unsaid()) + std::string(piece) == all);
        return out + "error";
      }
      came += reader.raw();
      const Http2Frame& frame = reader.frame();
      const std::string head = std::to_string(static_cast<int>(frame.type)) + "/" + std::to_string(frame.flags) + "/" +
                               std::to_string(frame.stream);
      if (step == Http2Reader::Step::preface) out += "preface\n";
      if (step == Http2Reader::Step::headers) out += "headers " + head + text_of(reader.fields()) + "\n";
      if (step == Http2Reader::Step::frame) out += "frame " + head + ":" + std::string(reader.payload()) + "\n";
      if (step != Http2Reader::Step::part) continue;
      if (reader.begins()) body.clear(), counted = 0;
      body += reader.body();
      counted += reader.counted();
      if (reader.ends()) out += "part " + head + ":" + body + " of " + std::to_string(counted) + "\n";
    }
    CHECK(piece.empty());
  }
  CHECK(came + std::string(reader.unsaid()) == all);
  return out;
}

std::string told(bool client, std::string_view text) {
  Http2Reader reader(client);
  return told(reader, {text});
}

std::string frame(int type, int flags, std::uint32_t stream, std::string_view payload) {
  return encode_http2_frame(
      {.type = static_cast<Http2Type>(type), .flags = static_cast<std::uint8_t>(flags), .stream = stream}, payload);
}

const std::string kSettings = frame(4, 0, 0, "");

/// A request in RFC 7541's words (appendix C.3.1): indexed fields and one that enters the table.
const std::string kBlock("\x82\x86\x84\x41\x0fwww.example.com", 20);
/// The same fields from the table (C.3.2), and cache-control: no-cache.
const std::string kSecondBlock("\x82\x86\x84\xbe\x58\x08no-cache", 14);

std::string conversation() {
  std::string text(kHttp2Preface);
  text += kSettings;
  text += frame(1, 0x25, 1, std::string("\0\0\0\0\x10", 5) + kBlock);  // with priority, ends the stream
  text += frame(1, 0x8, 3, std::string("\x02", 1) + kSecondBlock.substr(0, 4) + "pp");  // padded, goes on
  text += frame(9, 0, 3, "");
  text += frame(9, 0x4, 3, kSecondBlock.substr(4));
  text += frame(0, 0x8, 3, std::string("\x03", 1) + "body" + "ppp");
  text += frame(0, 0x1, 3, "");
  text += frame(0xbe, 0x7, 9, "what nobody knows");
  text += frame(8, 0, 0, std::string("\0\0\x01\0", 4));
  return text;
}

}  // namespace

TEST_CASE("frames: header blocks, padding, CONTINUATION and unknown types are told apart") {
  CHECK(told(true, conversation()) ==
        "preface\nframe 4/0/0:\n"
        "headers 1/37/1|:method=GET|:scheme=http|:path=/|:authority=www.example.com\n"
        "headers 1/8/3|:method=GET|:scheme=http|:path=/|:authority=www.example.com|cache-control=no-cache\n"
        "part 0/8/3:body of 8\npart 0/1/3: of 0\n"
        "part 190/7/9:what nobody knows of 17\nframe 8/0/0:" +
            std::string("\0\0\x01\0", 4) + "\n");
}

TEST_CASE("any split gives the same frames, and every byte is told of once") {
  const std::string text = conversation();
  const std::string whole = told(true, text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Http2Reader reader(true);
    CHECK(told(reader, {std::string_view(text).substr(0, cut), std::string_view(text).substr(cut)}) == whole);
  }
  Http2Reader reader(true);
  std::string out;
  for (const char c : text) {
    std::string_view one(&c, 1);
    while (reader.next(one) != Http2Reader::Step::more) out += 'x';
  }
  CHECK(reader.between_frames());
}

TEST_CASE("a copy of a reader goes on from the same place, with the same table") {
  const std::string text = conversation();
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Http2Reader reader(true);
    std::string_view first = std::string_view(text).substr(0, cut);
    while (reader.next(first) != Http2Reader::Step::more) continue;
    Http2Reader copy = reader;
    std::string ends[2];
    int at = 0;
    for (Http2Reader* one : {&reader, &copy}) {
      std::string_view rest = std::string_view(text).substr(cut);
      for (auto step = one->next(rest); step != Http2Reader::Step::more; step = one->next(rest)) {
        REQUIRE(step != Http2Reader::Step::error);
        ends[at] += text_of(one->fields()) + std::string(one->raw());
      }
      ++at;
    }
    CHECK(ends[0] == ends[1]);
  }
}

TEST_CASE("what is not HTTP/2, or breaks it, is told") {
  const std::string begun = std::string(kHttp2Preface) + kSettings;
  CHECK(told(true, "GET / HTTP/1.1\r\n") == "error");
  CHECK(told(true, "PRI * HTTP/2.0\r\n\r\nSN") == "error");
  CHECK(told(false, "HTTP/1.1 400 Bad Request\r\n") == "error");
  CHECK(told(false, "H") == "error");
  CHECK(told(false, frame(6, 0, 0, "12345678")) == "error");          // SETTINGS come first
  CHECK(told(true, begun + frame(0, 0, 0, "x")).ends_with("error"));  // DATA of no stream
  CHECK(told(true, begun + frame(0, 8, 1,
                                 "\x02"
                                 "p"))
            .ends_with("error"));                                                        // more padding than payload
  CHECK(told(true, begun + frame(9, 4, 1, kBlock)).ends_with("error"));                  // continues nothing
  CHECK(told(true, begun + frame(1, 0, 1, kBlock) + kSettings).ends_with("error"));      // within a header block
  CHECK(told(true, begun + frame(1, 4, 1, "\xff\xff\xff\xff\xff")).ends_with("error"));  // of no table
  CHECK(told(true, begun + frame(8, 0, 0, "xyz")).ends_with("error"));
  std::string endless = begun + frame(1, 0, 1, "");
  for (std::size_t i = 0; i < limits::kHttp2BlockBytes; i += 9) endless += frame(9, 0, 1, "");
  CHECK(told(true, endless).ends_with("error"));
}

TEST_CASE("a header block that is written here is read as it was, whatever its size") {
  HttpHeaders fields{{":status", "200"}, {"X-Long", std::string(50'000, 'x')}, {"empty", ""}};
  Http2Reader reader(false);
  const std::string text = kSettings + encode_http2_headers(5, fields, true);
  fields[1].name = "x-long";
  CHECK(told(reader, {text}) == "frame 4/0/0:\nheaders 1/1/5" + text_of(fields) + "\n");
  CHECK(told(reader, {encode_http2_headers(5, {{"a", "b"}}, false, 2)}) == "headers 5/4/5|a=b\n");
  CHECK(reader.promised() == 2);
}

TEST_CASE("a larger table is allowed once it is announced") {
  HpackDecoder decoder;
  HttpHeaders fields;
  const std::string grows("\x3f\xe1\xff\x03", 4);  // to 65536
  CHECK_FALSE(HpackDecoder(decoder).decode(grows, fields));
  decoder.allow_table(65536);
  CHECK(HpackDecoder(decoder).decode(grows, fields));
  CHECK(decoder.decode(grows, fields));
}

TEST_CASE("DATA, RST_STREAM, WINDOW_UPDATE and GOAWAY as they stand on the wire") {
  CHECK(told(false, kSettings + encode_http2_data(1, std::string(20'000, 'x'), true)) ==
        "frame 4/0/0:\npart 0/0/1:" + std::string(16384, 'x') + " of 16384\npart 0/1/1:" + std::string(3616, 'x') +
            " of 3616\n");
  CHECK(encode_http2_data(1, "", true) == frame(0, 1, 1, ""));
  CHECK(encode_http2_reset(3, Http2Error::cancel) == frame(3, 0, 3, std::string("\0\0\0\x08", 4)));
  CHECK(encode_http2_window(0, 256) == frame(8, 0, 0, std::string("\0\0\x01\0", 4)));
  CHECK(encode_http2_goaway(7, Http2Error::enhance_your_calm) ==
        frame(7, 0, 0, std::string("\0\0\0\x07\0\0\0\x0b", 8)));
  CHECK(read_http2_number(std::string("\x80\0\0\x05zz", 6)) == 5);
  CHECK(read_http2_settings(std::string("\0\x04\0\0\0\x09\0\x01", 8)).size() == 1);
}

TEST_CASE("random bytes are survived") {
  Rng rng(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text = std::string(kHttp2Preface) + kSettings + conversation().substr(kHttp2Preface.size());
    for (int i = 0; i < 4; ++i) text[24 + rng.below(text.size() - 24)] = static_cast<char>(rng.next());
    told(true, text);
  }
}
