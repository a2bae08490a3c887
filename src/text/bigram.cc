#include "text/bigram.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include "text/normalise.h"

namespace musubi::text {
namespace {

constexpr std::size_t kMaxPhrases = 16;
constexpr std::size_t kMaxPhraseTokens = 64;

enum class Class { kSeparator, kMark, kWord, kCjk };

Class class_of(UChar32 c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? Class::kWord : Class::kSeparator;
  // The bulk of Japanese text, without a table look-up.
  if ((c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FA)) return Class::kCjk;
  const auto mask = U_GET_GC_MASK(c);
  if (mask & U_GC_CO_MASK) return Class::kCjk;
  if (mask & U_GC_M_MASK) return Class::kMark;
  if (!(mask & (U_GC_L_MASK | U_GC_N_MASK))) return Class::kSeparator;
  for (UScriptCode script : {USCRIPT_HAN, USCRIPT_HIRAGANA, USCRIPT_KATAKANA, USCRIPT_HANGUL})
    if (uscript_hasScript(c, script)) return Class::kCjk;
  return Class::kWord;
}

// Splits a text in search form into runs and hands out their tokens.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  std::vector<std::string> run(Use use) && {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text_.data());
    std::size_t i = 0;
    while (i < text_.size()) {
      const std::size_t from = i;
      UChar32 c;
      U8_NEXT_OR_FFFD(bytes, i, text_.size(), c);
      Class kind = class_of(c);
      if (kind == Class::kMark) {
        // A combining mark belongs to the character before it; alone it separates nothing and says nothing.
        if (!starts_.empty()) end_ = i;
        continue;
      }
      if (kind != kind_) finish(false, Use::kIndex);
      kind_ = kind;
      if (kind == Class::kSeparator) continue;
      starts_.push_back(from);
      end_ = i;
    }
    finish(true, use);
    return std::move(tokens_);
  }

 private:
  void finish(bool last, Use use) {
    if (starts_.empty()) return;
    if (kind_ == Class::kWord) {
      const std::size_t end = starts_.size() > kMaxTokenCodePoints ? starts_[kMaxTokenCodePoints] : end_;
      tokens_.emplace_back(text_.substr(starts_[0], end - starts_[0]));
    } else {
      const std::size_t n = starts_.size();
      for (std::size_t k = 0; k + 1 < n; ++k) {
        const std::size_t end = k + 2 < n ? starts_[k + 2] : end_;
        tokens_.emplace_back(text_.substr(starts_[k], end - starts_[k]));
      }
      if (n == 1 || !last || use == Use::kIndex) tokens_.emplace_back(text_.substr(starts_[n - 1], end_ - starts_[n - 1]));
    }
    starts_.clear();
  }

  std::string_view text_;
  Class kind_ = Class::kSeparator;
  std::vector<std::size_t> starts_;  // first bytes of the characters of the run at hand
  std::size_t end_ = 0;              // one past its last byte
  std::vector<std::string> tokens_;
};

// Whether the last run is a single CJK character, so that the text may go on after it.
bool ends_open(const std::vector<std::string>& tokens) {
  const std::string& last = tokens.back();
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(last.data());
  std::size_t i = 0;
  UChar32 c;
  U8_NEXT_OR_FFFD(bytes, i, last.size(), c);
  if (class_of(c) != Class::kCjk) return false;
  while (i < last.size()) {
    U8_NEXT_OR_FFFD(bytes, i, last.size(), c);
    if (class_of(c) != Class::kMark) return false;
  }
  return true;
}

// Phrases of a query in search form: parted by white space, kept together by "..." or 「...」.
std::vector<std::string> split_phrases(std::string_view query) {
  std::vector<std::string> parts(1);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(query.data());
  UChar32 closing = 0;
  std::size_t i = 0;
  while (i < query.size()) {
    const std::size_t from = i;
    UChar32 c;
    U8_NEXT_OR_FFFD(bytes, i, query.size(), c);
    const bool opens = closing == 0 && (c == '"' || c == 0x300C);
    if (opens || c == closing || (closing == 0 && u_isUWhiteSpace(c))) {
      closing = opens ? (c == '"' ? '"' : 0x300D) : c == closing ? 0 : closing;
      parts.emplace_back();
    } else {
      parts.back().append(query.substr(from, i - from));
    }
  }
  return parts;
}

}  // namespace

std::vector<std::string> bigrams(std::string_view text, Use use) {
  const std::string form = search_form(text);
  return Tokenizer(form).run(use);
}

QueryTerms query_terms(std::string_view query) {
  QueryTerms terms;
  for (const std::string& part : split_phrases(search_form(query))) {
    std::vector<std::string> tokens = Tokenizer(part).run(Use::kQuery);
    if (tokens.empty()) continue;
    if (terms.phrases.size() == kMaxPhrases) break;
    // Cut only between tokens: a shorter phrase finds more, never less.
    const bool cut = tokens.size() > kMaxPhraseTokens;
    if (cut) tokens.resize(kMaxPhraseTokens);
    const bool prefix = ends_open(tokens);
    terms.phrases.push_back({std::move(tokens), prefix});
  }
  return terms;
}

std::string fts5_match(const QueryTerms& terms) {
  std::string out;
  for (const Phrase& phrase : terms.phrases) {
    if (!out.empty()) out += " AND ";
    for (std::size_t i = 0; i < phrase.tokens.size(); ++i)
      out += (i == 0 ? "\"" : " + \"") + phrase.tokens[i] + "\"";  // tokens hold letters, digits and marks only
    if (phrase.prefix) out += " *";
  }
  return out;
}

std::string tsquery(const QueryTerms& terms) {
  std::string out;
  for (const Phrase& phrase : terms.phrases) {
    if (!out.empty()) out += " & ";
    out += '(';
    for (std::size_t i = 0; i < phrase.tokens.size(); ++i) out += (i == 0 ? "'" : " <-> '") + phrase.tokens[i] + "'";
    if (phrase.prefix) out += ":*";
    out += ')';
  }
  return out;
}

}  // namespace musubi::text
