// Help texts, shell completion, version.

#include <algorithm>

#include "app/cli.h"
#include "app/commands.h"
#include "base/json.h"

namespace musubi::app {
namespace {

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.resize(std::max(width, out.size() + 2), ' ');
  return out;
}

void add_options(std::string& out, std::span<const OptionSpec> options, Language language) {
  for (const auto& option : options) {
    std::string left = "--" + std::string(option.name);
    if (!option.value.empty()) left += " " + std::string(option.value);
    out += "  " + padded(left, 24) + std::string(language == Language::ja ? option.ja : option.en) + "\n";
  }
}

constexpr const char* kExitCodes_ja =
    "終了コード：0 正常　1 誤り・改ざん・拒否が見つかった　2 呼び方の誤り　3 環境の問題（ポート、ディスク、ロック、鍵、通信）\n";
constexpr const char* kExitCodes_en =
    "Exit codes: 0 good  1 something was found wrong  2 wrong call  3 environment (port, disk, lock, keys, network)\n";

}  // namespace

std::string help(Language language) {
  bool ja = language == Language::ja;
  std::string out = ja ? "musubi: 一つの実行ファイルで動く電子行政。すべての行為を、誰でも検証できる記録として残します。\n\n"
                       : "musubi: a digital government in one binary. Every act leaves a record that anyone can verify.\n\n";
  out += ja ? "最初の一歩：\n  musubi demo            架空の二つの町で引っ越しを通し、検証し、http://127.0.0.1:8080 "
              "で公開します\n\nコマンド：\n"
            : "First step:\n  musubi demo            plays a move between two fictional towns, proves it, serves it on "
              "http://127.0.0.1:8080\n\nCommands:\n";
  for (const auto& command : commands()) out += "  " + padded(command.name, 20) + std::string(ja ? command.ja : command.en) + "\n";
  out += ja ? "\nどのコマンドでも使えるもの：\n" : "\nWith every command:\n";
  add_options(out, common_options(), language);
  out += ja ? "\n環境変数：MUSUBI_DATA、MUSUBI_LISTEN、MUSUBI_BASE_URL、MUSUBI_CARD_AGENT、MUSUBI_EXCHANGE_LISTEN、MUSUBI_"
              "POSTGRES（秘密を含むため引数でなくこちらで）\n"
            : "\nEnvironment: MUSUBI_DATA, MUSUBI_LISTEN, MUSUBI_BASE_URL, MUSUBI_CARD_AGENT, MUSUBI_EXCHANGE_LISTEN, MUSUBI_POSTGRES "
              "(holds a secret: rather here than as an argument)\n";
  out += ja ? kExitCodes_ja : kExitCodes_en;
  out += ja ? "各コマンドの説明：musubi コマンド --help" : "More about a command: musubi COMMAND --help";
  return out;
}

std::string help(std::string_view group, Language language) {
  bool ja = language == Language::ja;
  std::string begins = std::string(group) + " ", out = ja ? "コマンド：\n" : "Commands:\n";
  for (const auto& command : commands())
    if (command.name.starts_with(begins))
      out += "  musubi " + padded(command.name, 24) + std::string(ja ? command.ja : command.en) + "\n";
  return out + (ja ? "各コマンドの説明：musubi コマンド --help" : "More about a command: musubi COMMAND --help");
}

std::string help(const Command& command, Language language) {
  bool ja = language == Language::ja;
  std::string out = std::string(ja ? command.ja : command.en) + "\n\n  musubi " + std::string(command.name);
  if (!command.usage.empty()) out += " " + std::string(command.usage);
  out += "\n\n";
  auto more = ja ? command.more_ja : command.more_en;
  if (!more.empty()) out += std::string(more) + "\n\n";
  out += ja ? "オプション：\n" : "Options:\n";
  add_options(out, options_of(command), language);
  if (!command.example.empty()) out += std::string(ja ? "\n例：\n  " : "\nExample:\n  ") + std::string(command.example) + "\n";
  return out + "\n" + (ja ? kExitCodes_ja : kExitCodes_en);
}

int run_version(const Invocation& invocation) {
  if (invocation.has("json"))
    print(json::serialize(json::object{{"name", "musubi"}, {"version", kVersion}}));
  else
    print(std::string("musubi ") + kVersion);
  return kGood;
}

int run_completion(const Invocation& invocation) {
  if (invocation.words[0] != "bash")
    return fail({Code::kInvalid,
                 "cli.shell",
                 {"bash だけに対応しています：musubi completion bash", "Only bash is supported: musubi completion bash"},
                 {}},
                invocation.config.language);
  std::string firsts, cases;
  for (const auto& command : commands()) {
    std::string name(command.name), first = name.substr(0, name.find(' '));
    if ((" " + firsts).find(" " + first + " ") == std::string::npos) firsts += first + " ";
    std::string options;
    for (const auto& option : options_of(command)) options += "--" + std::string(option.name) + " ";
    cases += "    \"" + name + " \"*) words=\"" + options + "\" ;;\n";
  }
  std::string seconds;
  for (const auto& command : commands()) {
    std::string name(command.name);
    if (auto space = name.find(' '); space != name.npos)
      seconds += "    " + name.substr(0, space) + ") more=\"$more " + name.substr(space + 1) + "\" ;;&\n";
  }
  print(
      "# bash completion of musubi; load it with: source <(musubi completion bash)\n"
      "_musubi() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} words= more=\n"
      "  if [[ $COMP_CWORD == 1 ]]; then COMPREPLY=($(compgen -W \"" +
      firsts +
      "\" -- \"$current\")); return; fi\n"
      "  case ${COMP_WORDS[1]} in\n" +
      seconds +
      "    *) ;;\n  esac\n"
      "  if [[ $COMP_CWORD == 2 && -n $more ]]; then COMPREPLY=($(compgen -W \"$more\" -- \"$current\")); return; fi\n"
      "  case \"${COMP_WORDS[*]:1}\" in\n" +
      cases +
      "  esac\n"
      "  if [[ $current == -* ]]; then COMPREPLY=($(compgen -W \"$words\" -- \"$current\")); return; fi\n"
      "  COMPREPLY=($(compgen -f -- \"$current\"))\n"
      "}\n"
      "complete -o filenames -F _musubi musubi");
  return kGood;
}

}  // namespace musubi::app
