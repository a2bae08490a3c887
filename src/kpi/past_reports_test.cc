// What organisations reported, as known on past days: on pages and data, in the tables, and where it was not kept.
#include <algorithm>
#include <map>
#include <set>

#include "base/encoding.h"
#include "document/deflate.h"
#include "kpi/json.h"
#include "kpi/pack.h"
#include "kpi/report.h"
#include "kpi/report_days.h"
#include "kpi/test_indicators.h"
#include "kpi/test_past.h"
#include "kpi/test_sheet_report.h"

namespace musubi::kpi {
namespace {

// Another transaction, at whose first put something happens.
class AtPut final : public db::Transaction {
 public:
  AtPut(db::Transaction& inner, std::function<void()>& happens) : inner_(inner), happens_(happens) {}
  Result<db::Rows> query(std::string_view sql, db::Parameters parameters) override { return inner_.query(sql, parameters); }
  Result<void> scan(std::string_view sql, db::Parameters parameters,
                    const std::function<Result<void>(const db::Row&)>& each) override {
    return inner_.scan(sql, parameters, each);
  }
  Result<std::vector<std::int64_t>> search(std::string_view index, std::span<const Phrase> phrases, std::size_t limit) override {
    return inner_.search(index, phrases, limit);
  }
  Result<std::int64_t> execute(std::string_view sql, db::Parameters parameters) override { return inner_.execute(sql, parameters); }
  Result<void> put(std::string_view table, std::span<const db::Column> columns) override {
    if (auto happens = std::exchange(happens_, nullptr)) happens();
    return inner_.put(table, columns);
  }
  Result<void> remove(std::string_view table, std::span<const db::Value> key) override { return inner_.remove(table, key); }
  Result<void> index_text(std::string_view index, std::int64_t row_id, std::span<const std::string> tokens) override {
    return inner_.index_text(index, row_id, tokens);
  }
  Result<void> unindex_text(std::string_view index, std::int64_t row_id) override { return inner_.unindex_text(index, row_id); }
  db::CommitListener* listener() override { return inner_.listener(); }
  const db::Schema& schema() const override { return inner_.schema(); }

 private:
  db::Transaction& inner_;
  std::function<void()>& happens_;
};
class DuringAWrite final : public Forwarding {
 public:
  DuringAWrite(db::Database& inner, std::function<void()> happens) : Forwarding(inner), happens_(std::move(happens)) {}

 private:
  Result<void> write_erased(std::function<Result<void>(db::Transaction&)> closure) override {
    return inner_.write([&](db::Transaction& tx) -> Result<void> {
      AtPut watched(tx, happens_);
      return closure(watched);
    });
  }

  std::function<void()> happens_;
};

class PastReportsTest : public PastTest {
 protected:
  // What this log says now, as the report of a town.
  void reported(const char* town) { reported(town, *database); }
  void reported(const char* town, db::Database& to) {
    auto report = make_report(*database, clock.now());
    ASSERT_OK(report);
    auto kept = keep_report(to, town, {"町", town}, *report, "service");
    ASSERT_OK(kept);
    EXPECT_TRUE(*kept) << town;
  }
  void sign_local(const char* title) {
    PlanDocument plan = small_plan();
    plan.header.title.en = title;
    plan.header.serves_plan = "japan.data-plan";
    plan.measures[0].serves = {"1-1"};
    auto imported = plans().import_plan(plan, "officer-aaaaaa");
    ASSERT_OK(imported);
    ASSERT_OK(plans().sign_off(plan.header.id, "officer-bbbbbb", imported->edition));
  }
  std::int64_t past_rows() {
    auto rows = database->read([](db::Reader& reader) { return reader.query("SELECT count(*) FROM kpi_report_past"); });
    return rows.ok() ? (*rows)[0].integer(0) : -1;
  }
  std::string data(const std::string& target) {
    json::object out = json_of(target);
    out.erase("as_of");
    if (auto* stands = out.if_contains("stands_on")) stands->as_object().erase("as_of");
    if (auto* flows = out.if_contains("processes"))
      for (auto& flow : flows->as_array()) flow.as_object().erase("url");
    return canonical_json(out);
  }
};

const std::vector<std::string> kPages = {"/aoba/kpi/online-use-rate.json", "/aoba/kpi/online-use-rate/organisations.json",
                                         "/aoba/kpi.json", "/aoba/kpi/processes.json", "/aoba/plans/japan.data-plan/coverage.json"};

// What a reader could have saved at the end of a day is what is answered later.
TEST_P(PastReportsTest, APastDayIsWhatHadBeenReportedThen) {
  PlanDocument national = small_plan();
  national.header.id = "japan.data-plan";
  auto imported = plans().import_plan(national, "officer-aaaaaa");
  ASSERT_OK(imported);
  ASSERT_OK(plans().sign_off(national.header.id, "officer-bbbbbb", imported->edition));
  std::map<std::string, std::string> then;
  auto keep = [&](const std::string& day) {
    clock.set(at((day + "T23:59:59.999999+09:00").c_str()));
    for (const auto& page : kPages) then[page + "?as_of=" + day] = data(page);
  };
  filed("2024-04-11T10:00:00+09:00", 10);
  reported("minato");
  filed("2024-04-11T11:00:00+09:00", 10);
  reported("minato");
  keep("2024-04-11");
  EXPECT_EQ(past_rows(), 0) << "of one day the last stays, and it is still the newest";
  filed("2024-04-12T10:00:00+09:00", 15);
  decided("2024-04-12T10:30:00+09:00", 1, 20);
  sign_local("first");
  reported("midori");
  keep("2024-04-12");
  filed("2024-05-02T10:00:00+09:00", 15);
  sign_local("second");
  reported("minato");
  reported("aoi");
  keep("2024-05-02");
  filed("2024-06-01T10:00:00+09:00", 20);
  reported("minato");
  reported("midori");
  for (const auto& [target, value] : then) EXPECT_EQ(data(target), value) << target;
  EXPECT_EQ(past_rows(), 3) << "minato of April and May, midori of April";
  const auto organisations = [&](const std::string& day) {
    return json_of("/aoba/kpi/online-use-rate/organisations.json?as_of=" + day).at("organisations").as_array().size();
  };
  EXPECT_EQ(organisations("2024-04-11"), 1u);
  EXPECT_EQ(organisations("2024-05-01"), 2u);
  EXPECT_EQ(organisations("2024-05-02"), 3u);
  EXPECT_EQ(json_of("/aoba/kpi/online-use-rate.json?as_of=2024-04-10").if_contains("organisations"), nullptr) << "nobody had reported";
  expect_clean();
}

TEST_P(PastReportsTest, PagesSayTheDayAndLinksStayInIt) {
  PlanDocument national = small_plan();
  national.header.id = "japan.data-plan";
  auto imported = plans().import_plan(national, "officer-aaaaaa");
  ASSERT_OK(imported);
  ASSERT_OK(plans().sign_off(national.header.id, "officer-bbbbbb", imported->edition));
  context_->site_of = [](const std::string&, const std::string& other) { return "https://" + other + ".example/" + other; };
  filed("2024-04-11T10:00:00+09:00", 10);
  sign_local("first");
  reported("minato");
  filed("2024-04-12T10:00:00+09:00", 10);
  reported("minato");
  const std::string day = "?as_of=2024-04-11";
  auto page = [&](const std::string& target) {
    auto response = get(target + day);
    EXPECT_EQ(response.status, 200) << target << response.bytes();
    EXPECT_NE(response.bytes().find("As known on"), std::string_view::npos) << target;
    return std::string(response.bytes());
  };
  EXPECT_NE(page("/aoba/kpi").find("/aoba/kpi/online-use-rate" + day), std::string::npos);
  EXPECT_NE(page("/aoba/kpi/online-use-rate").find("/aoba/kpi/online-use-rate/organisations" + day), std::string::npos);
  EXPECT_NE(page("/aoba/kpi/online-use-rate/organisations").find("https://minato.example/minato/kpi/online-use-rate" + day),
            std::string::npos);
  std::string coverage = page("/aoba/plans/japan.data-plan/coverage");
  EXPECT_NE(coverage.find("https://minato.example/minato/plans/aoba.data-plan/measures/1-1" + day), coverage.npos);
  EXPECT_NE(coverage.find("/aoba/plans/japan.data-plan/measures/1-1" + day), coverage.npos);
  EXPECT_NE(coverage.find("show=served&amp;as_of=2024-04-11"), coverage.npos);
  EXPECT_NE(page("/aoba/plans/japan.data-plan").find("/coverage" + day), std::string::npos);
  EXPECT_EQ(get("/aoba/kpi/online-use-rate/organisations?as_of=soon").status, 400);
}

// Each record tells what was reported by its digest, also of reports that gave way.
TEST_P(PastReportsTest, RecordsTellDigestsOfWhatWasReported) {
  std::vector<std::string> contents;
  for (const char* day : {"2024-04-11T10:00:00+09:00", "2024-04-11T11:00:00+09:00", "2024-04-12T10:00:00+09:00"}) {
    filed(day, 10);
    auto report = make_report(*database, clock.now());
    ASSERT_OK(report);
    contents.push_back(canonical_json(*report));
    ASSERT_OK(keep_report(*database, "minato", {"港市", "Minato City"}, *report, "service"));
  }
  auto records = database->read([](db::Reader& reader) { return evidence::read_stream(reader, "kpi/report/minato", 1, 9); });
  ASSERT_OK(records);
  ASSERT_EQ(records->size(), 3u);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NE((*records)[i].head.find(to_hex(crypto::bytes(crypto::sha256(contents[i])))), std::string::npos) << i;
  auto rows = database->read([](db::Reader& reader) { return reader.query("SELECT revision, day FROM kpi_report_past"); });
  ASSERT_OK(rows);
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].integer(0), 2);
  EXPECT_EQ((*rows)[0].text(1), "2024-04-11");
  auto stood = database->read([&](db::Reader& reader) -> Result<std::string> {
    std::string out;
    TRY(each_report(reader, text::Date{2024, 4, 11}, [&](const KeptReport& kept) -> Result<void> {
      out += kept.content;
      return {};
    }));
    return out;
  });
  ASSERT_OK(stood);
  EXPECT_EQ(*stood, contents[1]);
}

// It is that of the record, also of the newest report: computed of the text only where a program of before left it out of the record.
TEST_P(PastReportsTest, ADigestIsThatOfTheRecord) {
  filed("2024-04-11T10:00:00+09:00", 10);
  reported("minato");
  const std::string other = canonical_json(make_report(*database, clock.now()).value());
  auto digests = [&] {
    std::set<std::string> out;
    for (std::optional<text::Date> day : {std::optional<text::Date>(), std::optional(text::Date{2024, 4, 11})})
      EXPECT_TRUE(database
                      ->read([&](db::Reader& reader) {
                        return each_report(reader, day, [&](const KeptReport& kept) -> Result<void> {
                          out.insert(kept.digest);
                          return {};
                        });
                      })
                      .ok());
    return out;
  };
  auto keep_other = [&](const evidence::RecordType& type, const std::string& stream) {
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
      TRY(tx.put("kpi_report", {{"organisation", "minato"},
                                {"title_ja", "港市"},
                                {"title_en", "Minato City"},
                                {"size", std::int64_t(1)},
                                {"at", clock.now().us},
                                {"content", other}}));
      TRY(evidence::append(tx, {type, stream, "service", {}, {}}));
      return {};
    }));
  };
  const auto told = digests();
  EXPECT_EQ(told.size(), 1u);
  const std::string of_other = to_hex(crypto::bytes(crypto::sha256(other)));
  keep_other(kOpened, "records/case/other");
  EXPECT_EQ(digests(), told);
  static const evidence::RecordType kBefore{"kpi.reported", 1, evidence::Visibility::kPublic, "x", "x", {}};
  keep_other(kBefore, "kpi/report/minato");
  EXPECT_EQ(digests(), std::set<std::string>{of_other});
}

// Else whoever knows all of a report but a small figure could try that out by the digest, which is public.
TEST_P(PastReportsTest, TheSaltOfAReportIsNewEachTimeAndNoNews) {
  filed("2024-04-11T10:00:00+09:00", 10);
  const json::object one = make_report(*database, clock.now()).value(), two = make_report(*database, clock.now()).value();
  const std::string salt(one.at("salt").as_string());
  ASSERT_TRUE(from_base64(salt));
  EXPECT_EQ(from_base64(salt)->size(), 16u);
  json::object but_salt = one;
  but_salt["salt"] = two.at("salt");
  EXPECT_EQ(canonical_json(but_salt), canonical_json(two));
  EXPECT_NE(crypto::sha256(canonical_json(one)), crypto::sha256(canonical_json(two)));
  const Text title{"港市", "Minato City"};
  EXPECT_TRUE(keep_report(*database, "minato", title, one, "service").value());
  clock.advance_us(60'000'000);
  json::object again = make_report(*database, clock.now()).value();
  ASSERT_NE(again.at("at"), one.at("at")) << "a later one";
  EXPECT_FALSE(keep_report(*database, "minato", title, again, "service").value()) << "of the same figures";
  EXPECT_EQ(again.erase("salt"), 1u);
  EXPECT_FALSE(keep_report(*database, "minato", title, again, "service").value()) << "nor where an earlier program made it";
  EXPECT_TRUE(keep_report(*database, "mori", title, again, "service").value());
  for (const char* page : {"/aoba/kpi/online-use-rate.json", "/aoba/kpi/online-use-rate/organisations.json", "/aoba/kpi.json"})
    EXPECT_EQ(get(page).bytes().find(salt), std::string_view::npos) << page;
  EXPECT_EQ(json_of("/aoba/kpi/online-use-rate/organisations.json").at("organisations").as_array().size(), 2u);
  filed("2024-04-12T10:00:00+09:00", 10);
  EXPECT_TRUE(keep_report(*database, "mori", title, make_report(*database, clock.now()).value(), "service").value());
  EXPECT_EQ(past_rows(), 1) << "a report without salt is set aside as any other";
  EXPECT_EQ(json_of("/aoba/kpi/online-use-rate/organisations.json?as_of=2024-04-11").at("organisations").as_array().size(), 2u);
  expect_clean();
}

// Programs before kpi_report_past kept the newest alone: a day whose report is gone is refused, not answered with another one.
TEST_P(PastReportsTest, ADayWhoseReportsAreGoneIsRefused) {
  static constexpr std::string_view kFacts[] = {"organisation", "size"};
  static const evidence::RecordType kBefore{"kpi.reported", 1, evidence::Visibility::kPublic, "x", "x", kFacts};
  for (const char* day : {"2024-04-11T10:00:00+09:00", "2024-04-20T10:00:00+09:00"}) {
    filed(day, 10);
    auto report = make_report(*database, clock.now());
    ASSERT_OK(report);
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
      TRY(tx.put("kpi_report", {{"organisation", "minato"},
                                {"title_ja", "港市"},
                                {"title_en", "Minato City"},
                                {"size", std::int64_t(1)},
                                {"at", clock.now().us},
                                {"content", canonical_json(*report)}}));
      TRY(evidence::append(tx, {kBefore, "kpi/report/minato", "service", {}, {{"organisation", "minato"}, {"size", 1}}}));
      return {};
    }));
  }
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(get("/aoba/kpi.json?as_of=2024-04-10").status, 200) << "nothing had come";
    for (const char* gone : {"2024-04-11", "2024-04-19"}) {
      auto refused = get(std::string("/aoba/kpi/online-use-rate?as_of=") + gone);
      EXPECT_EQ(refused.status, 400) << gone;
    }
    EXPECT_EQ(json_of("/aoba/kpi/online-use-rate.json?as_of=2024-04-20").at("organisations").as_array().size(), 1u);
    filed("2024-04-25T10:00:00+09:00", 10);
    if (round == 0) reported("minato");
  }
  EXPECT_EQ(past_rows(), 1) << "what an older program kept last is set aside as any other";
  expect_clean();
}

// The day of a report is that of its record, and whether the one before is set aside goes by that.
TEST_P(PastReportsTest, MidnightFallsBetweenTheLookAtTheClockAndTheRecord) {
  filed("2024-04-11T10:00:00+09:00", 10);
  reported("minato");
  const std::string first = data("/aoba/kpi/online-use-rate.json?as_of=2024-04-11");
  filed("2024-04-11T23:59:59.9+09:00", 15);
  DuringAWrite midnight(*database, [&] { clock.set(at("2024-04-12T00:00:00.1+09:00")); });
  reported("minato", midnight);
  EXPECT_EQ(past_rows(), 1);
  EXPECT_EQ(data("/aoba/kpi/online-use-rate.json?as_of=2024-04-11"), first);
  EXPECT_NE(data("/aoba/kpi/online-use-rate.json?as_of=2024-04-12"), first);
  expect_clean();
}

TEST_P(PastReportsTest, TheClockIsSetBackOverMidnight) {
  filed("2024-04-11T10:00:00+09:00", 10);
  reported("minato");
  const std::string first = data("/aoba/kpi/online-use-rate.json?as_of=2024-04-11");
  filed("2024-04-12T00:00:10+09:00", 15);
  clock.set(at("2024-04-11T23:59:50+09:00"));
  reported("minato");
  EXPECT_EQ(past_rows(), 1);
  EXPECT_EQ(data("/aoba/kpi/online-use-rate.json?as_of=2024-04-11"), first);
  expect_clean();
}

TEST_P(PastReportsTest, AnotherDayNeverAnswersInThePlaceOfOneThatIsGone) {
  for (const char* day : {"2024-04-11T10:00:00+09:00", "2024-04-12T10:00:00+09:00", "2024-04-13T10:00:00+09:00"}) {
    filed(day, 10);
    reported("minato");
  }
  const char *gone = "/aoba/kpi/online-use-rate.json?as_of=2024-04-12", *other = "/aoba/kpi/processes.json?as_of=2024-04-12";
  EXPECT_EQ(get(other).status, 200);
  ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
    TRY(tx.remove("kpi_report_past", {"minato", "2024-04-12"}));
    TRY(evidence::append(tx, {kOpened, "records/case/lost", "service", {}, {}}));
    return {};
  }));
  EXPECT_EQ(get(gone).status, 400);
  EXPECT_EQ(get(other).status, 400);
  EXPECT_EQ(get("/aoba/kpi/online-use-rate.json?as_of=2024-04-11").status, 200);
  EXPECT_EQ(get("/aoba/kpi/online-use-rate.json?as_of=2024-04-13").status, 200);
}

// What an older program took and this one does not, and what is no report at all. What is the organisation's own stays readable.
TEST_P(PastReportsTest, APastDayIsRefusedWhereAReportOfItCannotBeRead) {
  auto pack = read_indicators(pack_text({definition_text("own-count", R"({"kind":"count","records":"records.case_opened"})", false)}));
  ASSERT_OK(pack);
  ASSERT_OK(Definitions(*database).import_pack(*pack, {}, "officer-aaaaaa"));
  ASSERT_OK(sheets().import_sheet(small_sheet(), "officer-aaaaaa"));
  publish_sheet();
  for (const char* day : {"2024-04-11T10:00:00+09:00", "2024-04-12T10:00:00+09:00"}) {
    filed(day, 10);
    reported("minato");
    reported("mori");
  }
  for (const std::string& content : {document::deflated("{\"plans\":[3],\"series\":[]}"), std::string("report")}) {
    ASSERT_OK(database->write([&](db::Transaction& tx) -> Result<void> {
      TRY(tx.put("kpi_report_past", {{"organisation", "mori"},
                                     {"day", "2024-04-11"},
                                     {"revision", std::int64_t(1)},
                                     {"title_ja", "町"},
                                     {"title_en", "mori"},
                                     {"size", std::int64_t(1)},
                                     {"at", std::int64_t(1)},
                                     {"content", db::blob(content)}}));
      TRY(evidence::append(tx, {kOpened, "records/case/changed", "service", {}, {}}));
      return {};
    }));
    const int status = content == "report" ? 500 : 400;
    for (const char* page : {"/aoba/kpi/online-use-rate.json", "/aoba/kpi/processes.json", "/aoba/sheets/organisations.json"}) {
      EXPECT_EQ(get(std::string(page) + "?as_of=2024-04-11").status, status) << page;
      EXPECT_EQ(get(page).status, 200) << page;
    }
    EXPECT_EQ(json_of("/aoba/kpi/own-count.json?as_of=2024-04-11").at("n"), 10) << "what this organisation defined nobody reports";
    for (const char* page :
         {"/aoba/sheets/organisations", "/aoba/sheets/across", "/aoba/sheets/aoba.sheet-2023/indicators/1/across"}) {
      const char* notice = "Rows of other organisations are missing";
      auto past = get(std::string(page) + "?as_of=2024-04-11");
      EXPECT_EQ(past.status, 200) << page;
      EXPECT_NE(past.bytes().find(notice), std::string_view::npos) << page;
      EXPECT_EQ(get(page).bytes().find(notice), std::string_view::npos) << page;
      EXPECT_EQ(get(std::string(page) + ".csv?as_of=2024-04-11").status, status) << page << ": data has no place for a notice";
    }
  }
}

// Steps of a scale in any words were told by programs of before.
TEST_P(PastReportsTest, AReportWithAStepInWordsClosesNoDay) {
  for (const char* day : {"2024-04-11T10:00:00+09:00", "2024-04-12T10:00:00+09:00"}) {
    filed(day, 10);
    auto report = make_report(*database, clock.now());
    ASSERT_OK(report);
    json::object sheet = told_json(named("minato.sheet"));
    sheet["judgement"].as_object()["step"] = "達成";
    (*report)["sheets"] = json::array{std::move(sheet)};
    ASSERT_OK(keep_report(*database, "minato", {"港市", "Minato City"}, *report, "service"));
  }
  for (const char* as_of : {"", "?as_of=2024-04-11"}) {
    auto rows = json_of(std::string("/aoba/sheets/organisations.json") + as_of).at("rows").as_array();
    ASSERT_EQ(rows.size(), 1u) << as_of;
    EXPECT_EQ(rows[0].at("sheet"), "minato.sheet");
    EXPECT_EQ(get(std::string("/aoba/kpi/online-use-rate.json") + as_of).status, 200);
  }
}

INSTANTIATE_TEST_SUITE_P(Both, PastReportsTest, ::testing::ValuesIn(musubi::testing::back_ends()), musubi::testing::back_end_name);

}  // namespace
}  // namespace musubi::kpi
