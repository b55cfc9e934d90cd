#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace pl {

/// A SHA-256 digest (FIPS 180-4).
using Digest = std::array<std::uint8_t, 32>;

/// Digest of one piece of text.
Digest sha256(std::string_view data);
/// Digest of two pieces one after the other, without joining them: the hash chain's step.
Digest sha256(std::string_view first, std::string_view second);
/// A secret as it may be told: the first 16 hexadecimal digits of its digest behind a key (for this alone).
std::string keyed_hash(std::string_view key, std::string_view secret);
/// Its last two characters; nothing of one that is shorter than eight.
std::string secret_tail(std::string_view secret);
/// Lower-case hexadecimal.
std::string to_hex(const Digest& digest);
std::string to_hex(std::string_view bytes);
/// The bytes of a digest as text.
std::string_view as_text(const Digest& digest);
/// Standard base64 with padding (RFC 4648 section 4).
std::string base64_encode(std::string_view bytes);
/// The bytes of standard base64; empty when the text is malformed.
std::string base64_decode(std::string_view text);

}  // namespace pl
