// base64 (RFC 4648 4 and 5), hex, UTF-8 checks. Bytes are std::string throughout Musubi.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace musubi {

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

std::string to_base64(std::string_view bytes);                     // with padding
std::optional<std::string> from_base64(std::string_view text);     // strict: canonical, padded, no white space
std::string to_base64url(std::string_view bytes);                  // without padding
std::optional<std::string> from_base64url(std::string_view text);  // strict, unpadded

bool is_utf8(std::string_view bytes);  // well-formed as RFC 3629 has it: no surrogates, no overlong forms

void put_be16(std::string& out, std::uint16_t value);
void put_be32(std::string& out, std::uint32_t value);
void put_be64(std::string& out, std::uint64_t value);

}  // namespace musubi
