#include "db/unfound.h"

#include <algorithm>

namespace musubi::db {
namespace {

// One or two tokens and whether the last is a beginning, as a name; tokens hold no spaces.
std::string name_of(std::span<const std::string> tokens, bool prefix) {
  std::string name(prefix ? "*" : "=");
  for (const auto& token : tokens) name += (name.size() > 1 ? " " : "") + token;
  return name;
}

Reader::Phrase phrase_of(std::string_view name) {
  Reader::Phrase phrase{{}, name.starts_with('*')};
  name.remove_prefix(1);
  auto space = name.find(' ');
  phrase.tokens.emplace_back(name.substr(0, space));
  if (space != name.npos) phrase.tokens.emplace_back(name.substr(space + 1));
  return phrase;
}

}  // namespace

Result<void> Unfound::expect(std::int64_t row, std::span<const Reader::Phrase> phrases) {
  if (!asked_.empty() && row < asked_.back()) {
    unfound_.push_back(row);
    return {};
  }
  if (asked_.empty() || asked_.back() < row) {
    if (postings_ >= postings_at_once_) TRY(ask());
    asked_.push_back(row);
  }
  for (const auto& phrase : phrases) {
    std::size_t count = phrase.tokens.size();
    for (std::size_t i = 0; i + 1 < count || (i == 0 && count == 1); ++i) {
      std::size_t taken = std::min<std::size_t>(2, count - i);
      auto& places = pairs_[name_of(std::span(phrase.tokens).subspan(i, taken), phrase.prefix && i + taken == count)];
      auto place = std::uint32_t(asked_.size() - 1);
      if (!places.empty() && places.back() == place) continue;
      places.push_back(place);
      ++postings_;
    }
  }
  return {};
}

Result<void> Unfound::ask() {
  std::vector<bool> missed(asked_.size());
  for (const auto& [name, places] : pairs_) {
    const Reader::Phrase phrase = phrase_of(name);
    auto found = TRY(reader_.search(index_, std::span(&phrase, 1), INT64_MAX));
    auto at = found.rbegin();  // newest first
    for (auto place : places) {
      while (at != found.rend() && *at < asked_[place]) ++at;
      if (at == found.rend() || *at != asked_[place]) missed[place] = true;
    }
  }
  for (std::size_t i = 0; i < asked_.size(); ++i)
    if (missed[i]) unfound_.push_back(asked_[i]);
  asked_.clear();
  pairs_.clear();
  postings_ = 0;
  return {};
}

Result<std::vector<std::int64_t>> Unfound::rows() {
  TRY(ask());
  std::sort(unfound_.begin(), unfound_.end());
  unfound_.erase(std::unique(unfound_.begin(), unfound_.end()), unfound_.end());
  return std::move(unfound_);
}

}  // namespace musubi::db
