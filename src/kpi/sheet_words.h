// Words and marks of sheets on pages. Private to kpi.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kpi/marks.h"
#include "kpi/sheet_json.h"
#include "kpi/sheets.h"
#include "web/html.h"
#include "web/language.h"

namespace musubi::kpi {

std::string value_words(const SheetValue& value, web::Language language);  // "30以上（累計）"
std::string value_words(const std::optional<SheetValue>& value, web::Language language);
std::string actual_words(const YearValues& year, web::Language language);  // with "provisional" and the like
std::string origin_words(const Origin& origin, web::Language language);    // "20 件の記録から計算"
std::string year_words(int fiscal_year, web::Language language);           // "2018年度"

std::string_view form_title(SheetForm form, web::Language language);
std::string_view kind_title(IndicatorKind kind, web::Language language);
std::string_view mark_title(Mark mark, web::Language language);                  // "イ 達成"
std::string_view result_title(std::string_view result, web::Language language);  // of result_word: "目標に届かなかった"
std::string_view fate_title(Fate fate, web::Language language);
std::string_view amount_title(AmountKind kind, web::Language language);
std::string_view difference_title(DisagreementKind kind, web::Language language);
std::string part_title(const PartKey& part, web::Language language);

web::Tone mark_tone(Mark mark);
web::Markup mark_tag(std::optional<Mark> mark, web::Language language);

// "draft", "reviewed", "approved", "returned" or "published": where an edition stands on its way.
std::string_view state_word(const SheetState& state);
std::string_view state_title(std::string_view word, web::Language language);

std::string sheet_title(const SheetHeader& header, web::Language language);  // "政策10 … （2018年度）"
// Titles of laws, with a link to e-Gov's law search where the id is stated.
web::Markup laws_markup(const std::vector<Law>& laws, web::Language language);
std::string step_title(const Sheet& sheet, web::Language language);  // of its judgement; "" where there is none

}  // namespace musubi::kpi
