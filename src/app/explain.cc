#include "app/explain.h"

#include <vector>

#include "app/commands.h"
#include "base/json.h"
#include "embedded/explanations.h"

namespace musubi::app {
namespace {

// The file is ours and part of the binary: what is wrong in it is a defect of the build.
std::vector<Explanation> read_explanations() {
  static const json::value kept = parse_json(embedded::explanations()[0].bytes).value();
  std::vector<Explanation> all;
  for (const auto& [name, texts] : kept.as_object())
    all.push_back({name, std::string_view(texts.at("ja").as_string()), std::string_view(texts.at("en").as_string())});
  return all;
}

}  // namespace

std::span<const Explanation> explanations() {
  static const auto all = read_explanations();
  return all;
}

const Explanation* explain(std::string_view name) {
  const Explanation* best = nullptr;
  for (const auto& each : explanations()) {
    bool prefix = each.name.ends_with('.') || each.name.ends_with('_');
    if (name != each.name && !(prefix && name.starts_with(each.name))) continue;
    if (!best || each.name.size() > best->name.size()) best = &each;
  }
  return best;
}

int run_explain(const Invocation& invocation) {
  if (invocation.words.empty()) {
    for (const auto& each : explanations())
      print(std::string(each.name) + (each.name.ends_with('.') || each.name.ends_with('_') ? "*" : ""));
    return kGood;
  }
  const std::string& name = invocation.words[0];
  if (const auto* found = explain(name)) {
    print(name + "\n  " + std::string(invocation.ja() ? found->ja : found->en));
    return kGood;
  }
  return fail({Code::kNotFound,
               "cli.unknown_code",
               {"「" + name + "」というコードはありません。一覧：musubi explain",
                "There is no code \"" + name + "\". All codes: musubi explain"},
               {}},
              invocation.config.language);
}

}  // namespace musubi::app
