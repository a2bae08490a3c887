#include "app/report.h"

namespace musubi::app {
namespace {

json::array findings_json(const std::vector<evidence::Finding>& findings) {
  json::array all;
  for (const auto& finding : findings)
    all.push_back(
        json::object{{"kind", finding.kind}, {"where", finding.where}, {"ja", finding.message.ja}, {"en", finding.message.en}});
  return all;
}

void add_findings(std::string& out, const std::vector<evidence::Finding>& findings, bool ja) {
  for (const auto& finding : findings)
    out += "\n  " + finding.kind + "  " + finding.where + "\n      " + (ja ? finding.message.ja : finding.message.en);
}

std::string verdict(bool clean, std::size_t count, bool ja) {
  if (clean) return ja ? "すべて合っています" : "everything fits";
  return std::to_string(count) + (ja ? " か所が合いません" : count == 1 ? " place does not fit" : " places do not fit");
}

std::string count(std::uint64_t n) { return std::to_string(n); }

}  // namespace

std::string counted(std::uint64_t n, const char* one, const char* more) { return count(n) + " " + (n == 1 ? one : more); }

std::string report_text(const std::string& organisation, const evidence::VerifyReport& report, Language language) {
  bool ja = language == Language::ja;
  std::string out = organisation + ": " + verdict(report.clean(), report.findings.size(), ja) + "\n";
  out += (ja ? "  ログ " : "  log ") + report.origin + (ja ? "  件数 " : "  size ") + count(report.size) + (ja ? "  根 " : "  root ") +
         report.root + "\n";
  out += ja ? "  記録 " + count(report.records) + "、本文 " + count(report.bodies) + "（消去済み " + count(report.erased) + "）、行 " +
                  count(report.rows) + "、チェックポイント " + count(report.checkpoints) + "、タイムスタンプ " + count(report.stamps)
            : "  " + counted(report.records, "record", "records") + ", " + counted(report.bodies, "body", "bodies") + " (" +
                  count(report.erased) + " erased), " + counted(report.rows, "row", "rows") + ", " +
                  counted(report.checkpoints, "checkpoint", "checkpoints") + ", " + counted(report.stamps, "stamp", "stamps");
  add_findings(out, report.findings, ja);
  return out;
}

std::string report_text(const std::string& organisation, const evidence::OnlineReport& report, Language language) {
  bool ja = language == Language::ja;
  std::string out =
      organisation + (ja ? "（公開中のログ）: " : " (as served): ") + verdict(report.clean(), report.findings.size(), ja) + "\n";
  out += (ja ? "  ログ " : "  log ") + report.origin + (ja ? "  件数 " : "  size ") + count(report.size) + (ja ? "  根 " : "  root ") +
         report.root + (ja ? "  タイル " : "  tiles ") + count(report.tiles);
  if (report.keys_from_log)
    out += ja ? "\n  注意：検証鍵はログ自身が示したものです。" : "\n  Note: the verifier keys are those that the log itself serves.";
  add_findings(out, report.findings, ja);
  return out;
}

json::object report_json(const std::string& organisation, const evidence::VerifyReport& report) {
  return {{"organisation", organisation},
          {"clean", report.clean()},
          {"origin", report.origin},
          {"size", count(report.size)},
          {"root", report.root},
          {"records", count(report.records)},
          {"bodies", count(report.bodies)},
          {"erased", count(report.erased)},
          {"rows", count(report.rows)},
          {"checkpoints", count(report.checkpoints)},
          {"stamps", count(report.stamps)},
          {"findings", findings_json(report.findings)}};
}

json::object report_json(const std::string& organisation, const evidence::OnlineReport& report) {
  return {{"organisation", organisation},
          {"served", true},
          {"clean", report.clean()},
          {"origin", report.origin},
          {"size", count(report.size)},
          {"root", report.root},
          {"tiles", count(report.tiles)},
          {"keys_from_log", report.keys_from_log},
          {"findings", findings_json(report.findings)}};
}

}  // namespace musubi::app
