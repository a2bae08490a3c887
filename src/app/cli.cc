#include "app/cli.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/printable.h"

namespace musubi::app {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j)
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])}));
  }
  return row[b.size()];
}

Error usage_error(const char* name, Text message) { return {Code::kInvalid, name, std::move(message), {}}; }

Error unknown_command(const std::string& given) {
  std::vector<std::string_view> names;
  for (const auto& command : commands()) names.push_back(command.name);
  std::string group;  // "org" alone: the commands that begin so
  for (auto name : names)
    if (name.starts_with(given + " ")) group += (group.empty() ? "" : ", ") + std::string("musubi ") + std::string(name);
  if (!group.empty()) return usage_error("cli.unknown_command", {"続きが必要です：" + group, "More is needed: " + group});
  auto near = nearest(given, names);
  return usage_error(
      "cli.unknown_command",
      {"「" + given + "」というコマンドはありません。" + (near ? "「musubi " + *near + "」ですか。" : "") + "一覧：musubi --help",
       "There is no command \"" + given + "\"." + (near ? " Did you mean `musubi " + *near + "`?" : "") +
           " All commands: musubi --help"});
}

const OptionSpec* find_option(const Command& command, std::string_view name) {
  for (auto options : {command.options, common_options()})
    for (const auto& option : options)
      if (option.name == name) return &option;
  return nullptr;
}

Error unknown_option(const Command& command, const std::string& given) {
  std::vector<std::string_view> names;
  for (const auto& option : options_of(command)) names.push_back(option.name);
  auto near = nearest(given, names);
  std::string name(command.name);
  return usage_error("cli.unknown_option", {"「musubi " + name + "」に --" + given + " はありません。" +
                                                (near ? "--" + *near + " ですか。" : "") + "説明：musubi " + name + " --help",
                                            "`musubi " + name + "` has no option --" + given + "." +
                                                (near ? " Did you mean --" + *near + "?" : "") + " See musubi " + name + " --help"});
}

Error missing_value(const OptionSpec& option) {
  std::string name = "--" + std::string(option.name), value(option.value);
  return usage_error("cli.missing_value",
                     {name + " には値（" + value + "）が必要です。", name + " needs a value: " + name + " " + value});
}

// The command that the first words name, and how many words that takes.
const Command* find_command(const std::vector<std::string>& words, std::size_t& taken) {
  for (taken = std::min<std::size_t>(3, words.size()); taken > 0; --taken) {
    std::string name = words[0];
    for (std::size_t i = 1; i < taken; ++i) name += " " + words[i];
    for (const auto& command : commands())
      if (command.name == name) return &command;
  }
  return nullptr;
}

bool wants_help(std::span<const std::string> arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const std::string& each) { return each == "--help" || each == "-h"; });
}

// "org key" where commands begin so, else "".
std::string group_of(const std::vector<std::string>& words) {
  std::string group;
  for (const auto& word : words) group += (group.empty() ? "" : " ") + word;
  for (const auto& command : commands())
    if (command.name.starts_with(group + " ")) return group;
  return {};
}

// Which of the two is understood is what was not said: both stand in either.
Error unknown_language(const std::string& value) {
  std::string ja = "「" + value + "」という言語はありません。--lang ja か --lang en を指定してください。";
  std::string en = "There is no language \"" + value + "\". Use --lang ja or --lang en.";
  return usage_error("cli.language", {ja + "\n  " + en, en + "\n  " + ja});
}

// What --lang asks for, attached or apart, before anything else is read: every message is in that language.
Result<Language> language_of(std::span<const std::string> arguments) {
  Language language = terminal_language();
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    std::string value;
    if (arguments[i].starts_with("--lang="))
      value = arguments[i].substr(7);
    else if (arguments[i] == "--lang" && i + 1 < arguments.size())
      value = arguments[i + 1];
    if (!value.empty() && value != "ja" && value != "en") return unknown_language(value);
    if (!value.empty()) language = value == "ja" ? Language::ja : Language::en;
  }
  return language;
}

// `musubi --lang en org list` means what `musubi org list --lang en` does.
std::vector<std::string> common_options_last(std::span<const std::string> given) {
  std::size_t at = 0;
  while (at < given.size()) {
    bool attached = given[at].starts_with("--lang=") || given[at].starts_with("--data="),
         apart = given[at] == "--lang" || given[at] == "--data";
    if (!attached && !apart) break;
    at += apart ? 2 : 1;
  }
  at = std::min(at, given.size());
  std::vector<std::string> out(given.begin() + std::ptrdiff_t(at), given.end());
  out.insert(std::find(out.begin(), out.end(), "--"), given.begin(), given.begin() + std::ptrdiff_t(at));
  return out;
}

// Appends what cannot be read to `wrong`.
void configure(Invocation& invocation, std::vector<Wrong>& wrong) {
  auto from = [&](const char* option, const char* variable) -> std::optional<std::string> {
    if (invocation.has(option)) return invocation.get(option);
    const char* value = variable ? std::getenv(variable) : nullptr;
    return value && *value ? std::optional<std::string>(value) : std::nullopt;
  };
  auto read = [&](const char* option, auto parsed, auto& into) {
    if (parsed.ok())
      into = std::move(*parsed);
    else
      wrong.push_back({std::string("--") + option, parsed.error()});
  };
  Config& config = invocation.config;
  if (auto data = from("data", "MUSUBI_DATA")) config.data = *data;
  while (config.data.size() > 1 && config.data.ends_with('/')) config.data.pop_back();
  if (auto listen = from("listen", "MUSUBI_LISTEN")) read("listen", parse_listen(*listen), config.listen);
  if (auto url = from("base-url", "MUSUBI_BASE_URL")) read("base-url", parse_base_url(*url), config.base_url);
  if (auto url = from("card-agent", "MUSUBI_CARD_AGENT"))
    read("card-agent", *url == "none" ? Result<std::string>("") : parse_base_url(*url), config.card_agent);
  if (auto listen = from("exchange-listen", "MUSUBI_EXCHANGE_LISTEN"))
    read("exchange-listen", parse_listen(*listen), config.exchange_listen);
  if (auto postgres = from("postgres", "MUSUBI_POSTGRES")) config.postgres = *postgres;
}

// Splits words from options. The command must be known first: it says which options take a value. Appends to `wrong`.
void read_options(std::span<const std::string> arguments, const Command& command, Parsed& parsed, std::vector<Wrong>& wrong) {
  bool only_words = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (only_words || argument.size() < 2 || argument[0] != '-') {
      parsed.invocation.words.push_back(argument);
      continue;
    }
    if (argument == "--") {
      only_words = true;
      continue;
    }
    if (argument == "-h" || argument == "--help") {
      parsed.help = true;
      continue;
    }
    std::string name = argument.starts_with("--") ? argument.substr(2) : argument.substr(1), value;
    auto equals = name.find('=');
    bool attached = equals != name.npos;
    if (attached) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    const OptionSpec* option = find_option(command, name);
    if (!option) {
      wrong.push_back({"--" + name, unknown_option(command, name)});
      continue;
    }
    if (!option->value.empty() && !attached) {
      if (i + 1 >= arguments.size()) return wrong.push_back({"--" + name, missing_value(*option)});
      value = arguments[++i];
    }
    parsed.invocation.options[name] = value;
  }
}

// The words of the usage, "ORG" the first.
std::string usage_word(const Command& command, std::size_t at) {
  std::string_view usage = command.usage;
  for (; at > 0; --at) usage.remove_prefix(std::min(usage.find(' '), usage.size() - 1) + 1);
  return std::string(usage.substr(0, usage.find(' ')));
}

// What the table asks of options and words. Appends to `wrong`.
void check_values(const Command& command, const Invocation& invocation, std::vector<Wrong>& wrong) {
  for (std::size_t i = 0; i < std::min(command.word_checks.size(), invocation.words.size()); ++i) {
    if (!command.word_checks[i]) continue;
    if (auto good = command.word_checks[i](invocation.words[i]); !good.ok()) wrong.push_back({usage_word(command, i), good.error()});
  }
  for (const auto& option : command.options) {
    std::string where = "--" + std::string(option.name);
    bool told = std::any_of(wrong.begin(), wrong.end(), [&](const Wrong& one) { return one.where == where; });
    if (option.required && !invocation.has(option.name) && !told) wrong.push_back({where, missing_value(option)});
    if (!option.check || !invocation.has(option.name)) continue;
    if (auto good = option.check(invocation.get(option.name)); !good.ok()) wrong.push_back({where, good.error()});
  }
}

}  // namespace

std::vector<OptionSpec> options_of(const Command& command) {
  std::vector<OptionSpec> all(command.options.begin(), command.options.end());
  for (const auto& common : common_options())
    if (std::none_of(all.begin(), all.end(), [&](const OptionSpec& own) { return own.name == common.name; })) all.push_back(common);
  return all;
}

Error all_of(const std::vector<Wrong>& wrong) {
  if (wrong.size() == 1) {
    Error one = wrong[0].error;
    const std::string& where = wrong[0].where;
    if (one.message.en.find(where) == std::string::npos) one.message = {where + "：" + one.message.ja, where + ": " + one.message.en};
    return one;
  }
  std::vector<Fault> faults;
  for (const auto& one : wrong) {
    faults.push_back({one.where, one.error.message});
    for (const auto& fault : one.error.faults)
      faults.push_back({fault.where.starts_with(one.where) ? fault.where : one.where + " " + fault.where, fault.message});
  }
  std::string count = std::to_string(wrong.size());
  return {Code::kInvalid,
          "cli.faults",
          {"コマンドに誤りが " + count + " 件あります。", "There are " + count + " faults in the command."},
          std::move(faults)};
}

std::optional<std::string> nearest(std::string_view given, std::span<const std::string_view> names) {
  std::size_t best = std::max<std::size_t>(2, given.size() / 3) + 1;
  std::optional<std::string> found;
  for (auto name : names)
    if (auto d = distance(given, name); d < best) best = d, found = std::string(name);
  return found;
}

Result<Parsed> parse_arguments(std::span<const std::string> given) {
  Parsed parsed;
  std::vector<std::string> reordered = common_options_last(given);
  std::span<const std::string> arguments = reordered;
  parsed.invocation.config.language = TRY(language_of(arguments));
  std::vector<std::string> words;
  for (const auto& argument : arguments) {
    if (argument.starts_with("-")) break;
    words.push_back(argument);
  }
  if (words.empty()) {
    for (const auto& argument : arguments)
      if (argument == "--version") words = {"version"};
    parsed.help = words.empty();
    if (parsed.help) return parsed;
  }
  std::size_t taken = 0;
  parsed.command = find_command(words, taken);
  if (!parsed.command && wants_help(arguments))
    if (std::string group = group_of(words); !group.empty()) {
      parsed.help = true;
      parsed.group = group;
      return parsed;
    }
  if (!parsed.command) return unknown_command(words.size() > 1 ? words[0] + " " + words[1] : words[0]);
  if (arguments[0] == "--version") return parsed;
  std::vector<Wrong> wrong;
  read_options(arguments.subspan(taken), *parsed.command, parsed, wrong);
  if (!parsed.help) {
    auto count = parsed.invocation.words.size();
    // With an option that is not there, one word too many may be its value.
    if (count < parsed.command->words_at_least || (wrong.empty() && count > parsed.command->words_at_most)) {
      std::string name = "musubi " + std::string(parsed.command->name), usage = name + " " + std::string(parsed.command->usage);
      wrong.push_back({name, usage_error("cli.words", {"使い方：" + usage, "Usage: " + usage})});
    }
    configure(parsed.invocation, wrong);
    check_values(*parsed.command, parsed.invocation, wrong);
  }
  if (!wrong.empty()) return all_of(wrong);
  return parsed;
}

int fail(const Error& error, Language language) {
  bool ja = language == Language::ja;
  std::string out = "musubi: " + (ja ? error.message.ja : error.message.en) + "\n";
  for (const auto& fault : error.faults) out += "  " + fault.where + ": " + (ja ? fault.message.ja : fault.message.en) + "\n";
  out += (ja ? "  説明：musubi explain " : "  More: musubi explain ") + error.name + "\n";
  out = printable(out);
  std::fflush(stdout);
  std::fwrite(out.data(), 1, out.size(), stderr);
  if (error.name.starts_with("cli.") || error.name.starts_with("config.")) return kUsage;
  switch (error.code) {
    case Code::kUnavailable:
    case Code::kIo:
    case Code::kInternal: return kEnvironment;
    default: return kFoundWrong;
  }
}

void print(std::string_view line) {
  std::string out = printable(line);  // names and messages of a damaged database may be anything
  out += '\n';
  std::fwrite(out.data(), 1, out.size(), stdout);
  std::fflush(stdout);
}

int run(std::span<const std::string> arguments) {
  auto parsed = parse_arguments(arguments);
  if (!parsed.ok()) {
    auto language = language_of(arguments);
    return fail(parsed.error(), language.ok() ? *language : terminal_language());
  }
  if (parsed->help) {
    auto language = parsed->invocation.config.language;
    print(parsed->command ? help(*parsed->command, language) : parsed->group.empty() ? help(language) : help(parsed->group, language));
    return kGood;
  }
  return parsed->command->run(parsed->invocation);
}

}  // namespace musubi::app
