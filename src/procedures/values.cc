#include "procedures/values.h"

#include <algorithm>
#include <span>

#include "text/normalise.h"
#include "web/date_boxes.h"
#include "web/form.h"

namespace musubi::procedures {
namespace {

std::string typed(const http::Query& posted, const std::string& name) { return std::string(posted.get(name, "")); }

// One line as people mean it; where it holds what no form may hold, it stays as typed for the check to refuse.
std::string cleaned(const http::Query& posted, const std::string& name, text::Lines lines = text::Lines::kOne) {
  std::string raw = typed(posted, name);
  auto clean = text::clean_input(raw, lines);
  return clean.ok() ? *clean : raw;
}

bool kana_letter(char32_t c) { return (c >= 0x30A1 && c <= 0x30FA) || c == 0x30FC || c == 0x30FB || c == U' ' || c == 0x3000; }

// Code points of well-formed UTF-8; malformed bytes yield U+FFFD.
std::u32string points(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i]);
    std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
    if (length == 0 || i + length > text.size()) {
      out += U'\uFFFD';
      ++i;
      continue;
    }
    char32_t c = length == 1 ? lead : lead & (0x7F >> length);
    for (std::size_t j = 1; j < length; ++j) c = (c << 6) | (static_cast<unsigned char>(text[i + j]) & 0x3F);
    out += c;
    i += length;
  }
  return out;
}

void append(std::string& out, char32_t c) {
  if (c < 0x80)
    out += char(c);
  else if (c < 0x800)
    (out += char(0xC0 | (c >> 6))) += char(0x80 | (c & 0x3F));
  else if (c < 0x10000)
    ((out += char(0xE0 | (c >> 12))) += char(0x80 | ((c >> 6) & 0x3F))) += char(0x80 | (c & 0x3F));
  else
    (((out += char(0xF0 | (c >> 18))) += char(0x80 | ((c >> 12) & 0x3F))) += char(0x80 | ((c >> 6) & 0x3F))) +=
        char(0x80 | (c & 0x3F));
}

bool is_kana(std::string_view text) {
  auto all = points(text);
  return !all.empty() && std::all_of(all.begin(), all.end(), kana_letter);
}

// Digits alone, from what people type: full width, hyphens of all kinds, spaces.
std::string only_digits(std::string_view text) {
  std::string out;
  for (char32_t c : points(text)) {
    if (c >= 0xFF10 && c <= 0xFF19) c = U'0' + (c - 0xFF10);
    if (c >= U'0' && c <= U'9')
      out += char(c);
    else if (c != U'-' && c != U' ' && c != 0x3000 && c != 0x2010 && c != 0x2011 && c != 0x2212 && c != 0x30FC && c != 0xFF0D &&
             c != U'(' && c != U')' && c != 0x3012 && c != 0xFF08 && c != 0xFF09)
      return {};
  }
  return out;
}

std::string postal_code(const std::string& text) {
  std::string digits = only_digits(text);
  return digits.size() == 7 ? digits.substr(0, 3) + "-" + digits.substr(3) : text;
}

std::string phone(const std::string& text) {
  std::string digits = only_digits(text);
  if (digits.empty()) return text;
  std::string half;  // keep the hyphens where they were
  for (char32_t c : points(text)) {
    if (c >= 0xFF10 && c <= 0xFF19) c = U'0' + (c - 0xFF10);
    if (c >= U'0' && c <= U'9')
      half += char(c);
    else if (!half.empty() && half.back() != '-')
      half += '-';
  }
  while (!half.empty() && half.back() == '-') half.pop_back();
  return half;
}

json::value text_value(std::string text) { return text.empty() ? json::value(nullptr) : json::value(std::move(text)); }

json::value read_parts(const http::Query& posted, const std::string& name, std::span<const std::string_view> parts) {
  json::object out;
  bool any = false;
  for (auto part : parts) {
    std::string text = cleaned(posted, name + "-" + std::string(part));
    if (part.ends_with("_kana")) text = full_width_katakana(text);
    if (part == "postal_code") text = postal_code(text);
    any = any || !text.empty();
    out[part] = std::move(text);
  }
  return any ? json::value(std::move(out)) : json::value(nullptr);
}

json::value read_date(const http::Query& posted, const std::string& name) {
  std::string joined;
  if (posted.has(name)) {  // in one piece, as addresses and data have it
    joined = cleaned(posted, name);
  } else {
    joined = web::date_parameter(posted.pairs(), name);
    for (std::string_view mark : {"年", "月", "日"})
      for (auto at = joined.find(mark); at != joined.npos; at = joined.find(mark)) joined.erase(at, mark.size());
  }
  if (joined.empty()) return nullptr;
  auto date = text::read_date(joined);
  return json::value(date.ok() ? text::iso_date(*date) : joined);
}

const std::string* string_of(const json::value& value, std::string& hold) {
  auto* text = value.if_string();
  if (!text) return nullptr;
  hold.assign(text->begin(), text->end());
  return &hold;
}

std::string member_text(const json::value& value, std::string_view key) {
  auto* object = value.if_object();
  auto* found = object ? object->if_contains(key) : nullptr;
  auto* text = found ? found->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

class Check {
 public:
  Check(const Surroundings& around, std::vector<Fault>& faults) : around_(around), faults_(faults) {}

  void value(const Field& field, const json::value& value, bool required, const std::string& name) {
    if (is_empty_value(value)) {
      if (required) add(name, missing(field));
      return;
    }
    switch (field.type) {
      case FieldType::kPersonName: return name_parts(value, name);
      case FieldType::kAddress: return address(value, name);
      case FieldType::kNumber: return number(field, value, name);
      case FieldType::kChoices: return choices(field, value, name);
      case FieldType::kFile: return file(field, value, name);
      case FieldType::kGroup: return group(field, value, name);
      default: break;
    }
    std::string text;
    if (!string_of(value, text)) return add(name, {"文字で答えてください。", "Answer in text."});
    if (field.type == FieldType::kDigits) return digits(field, text, name);
    if (field.type == FieldType::kDate) return date(field, text, name);
    if (field.type == FieldType::kChoice || field.type == FieldType::kYesNo || field.type == FieldType::kMember)
      return choice(field, text, name);
    plain(text, std::size_t(field.max.value_or(field.type == FieldType::kLongText ? 2000 : 200)), std::size_t(field.min.value_or(0)),
          name, field.type == FieldType::kLongText ? text::Lines::kMany : text::Lines::kOne);
    form_of(field, text, name);
  }

 private:
  void add(const std::string& name, Text message) { faults_.push_back({name, std::move(message)}); }

  static Text missing(const Field& field) {
    switch (field.type) {
      case FieldType::kYesNo:
      case FieldType::kChoice:
      case FieldType::kMember: return {"ひとつ選んでください。", "Choose one."};
      case FieldType::kChoices: return {"少なくともひとつ選んでください。", "Choose at least one."};
      case FieldType::kDate: return {"日付を入力してください。", "Enter a date."};
      case FieldType::kFile: return {"ファイルを選んでください。", "Choose a file."};
      case FieldType::kGroup: return {"少なくともひとり（一件）加えてください。", "Add at least one."};
      default: return {"入力してください。", "Enter an answer."};
    }
  }

  void plain(const std::string& text, std::size_t most, std::size_t least, const std::string& name,
             text::Lines lines = text::Lines::kOne) {
    if (auto clean = text::clean_input(text, lines); !clean.ok()) return add(name, clean.error().message);
    std::size_t length = text::code_points(text);
    if (length > most)
      add(name, {std::to_string(most) + "文字までにしてください（今は" + std::to_string(length) + "文字です）。",
                 "Use at most " + std::to_string(most) + " characters (there are " + std::to_string(length) + ")."});
    if (length < least)
      add(name, {std::to_string(least) + "文字以上で入力してください。", "Use at least " + std::to_string(least) + " characters."});
  }

  void form_of(const Field& field, const std::string& text, const std::string& name) {
    if (field.type == FieldType::kKana && !is_kana(text)) add(name, {"カタカナで入力してください。", "Write it in katakana."});
    if (field.type == FieldType::kPostalCode) postal(text, name);
    if (field.type == FieldType::kPhone) {
      std::string digits = only_digits(text);
      if (digits.size() < 10 || digits.size() > 11 || digits[0] != '0')
        add(name, {"0 から始まる10桁か11桁の電話番号を入力してください。例：090-0000-0000",
                   "Enter a telephone number of 10 or 11 digits that begins with 0, such as 090-0000-0000."});
    }
    if (field.type == FieldType::kEmail) {
      auto at = text.find('@');
      bool fits = at != text.npos && at > 0 && text.find('@', at + 1) == text.npos && text.find('.', at) != text.npos &&
                  !text.ends_with('.') && text.find(' ') == text.npos && text.find("..") == text.npos && text[at + 1] != '.';
      if (!fits) add(name, {"name@example.jp のような形で入力してください。", "Enter an address such as name@example.jp."});
    }
  }

  void digits(const Field& field, const std::string& text, const std::string& name) {
    if (text.find_first_not_of("0123456789") != text.npos) return add(name, {"数字だけで入力してください。", "Enter digits only."});
    std::size_t least = std::size_t(field.min.value_or(1)),
                most = field.max ? std::size_t(*field.max) : std::max<std::size_t>(40, least);
    if (text.size() >= least && text.size() <= most) return;
    std::string low = std::to_string(least), high = std::to_string(most), now = std::to_string(text.size());
    bool exact = least == most;
    add(name, {(exact ? high + "桁" : low + "桁から" + high + "桁まで") + "の数字を入力してください（今は" + now + "桁です）。",
               "Enter " + (exact ? high : low + " to " + high) + " digits (there are " + now + ")."});
  }

  void postal(const std::string& text, const std::string& name) {
    if (text.size() != 8 || only_digits(text).size() != 7)
      add(name, {"7桁の郵便番号を入力してください。例：100-0001", "Enter a postal code of seven digits, such as 100-0001."});
  }

  void name_parts(const json::value& value, const std::string& name) {
    for (auto part : kNameParts) {
      std::string text = member_text(value, part), at = name + "-" + std::string(part);
      if (text.empty()) {
        if (part == "given" || part == "given_kana") continue;  // some people have one name only
        add(at, part.ends_with("_kana") ? Text{"読みをカタカナで入力してください。", "Enter the reading in katakana."}
                                        : Text{"入力してください。", "Enter it."});
        continue;
      }
      plain(text, 60, 0, at);
      if (part.ends_with("_kana") && !is_kana(text)) add(at, {"カタカナで入力してください。", "Write it in katakana."});
    }
    if (member_text(value, "given").empty() != member_text(value, "given_kana").empty())
      add(name + "-" + (member_text(value, "given").empty() ? "given" : "given_kana"),
          {"名前と読みの両方を入力してください。", "Enter both the given name and its reading."});
  }

  void address(const json::value& value, const std::string& name) {
    for (auto part : kAddressParts) {
      std::string text = member_text(value, part), at = name + "-" + std::string(part);
      if (text.empty()) {
        if (part != "building") add(at, {"入力してください。", "Enter it."});
      } else {
        plain(text, 120, 0, at);
        if (part == "postal_code") postal(text, at);
      }
    }
  }

  void number(const Field& field, const json::value& value, const std::string& name) {
    auto* number = value.if_int64();
    constexpr std::int64_t kMost = 1LL << 53;  // what JSON holds exactly
    if (!number || *number > kMost || *number < -kMost) return add(name, {"数字で入力してください。", "Enter a whole number."});
    if ((field.min && *number < *field.min) || (field.max && *number > *field.max)) {
      std::string low = field.min ? std::to_string(*field.min) : "", high = field.max ? std::to_string(*field.max) : "";
      add(name, {(low.empty() ? "" : low + "以上") + (high.empty() ? "" : high + "以下") + "の数を入力してください。",
                 "Enter a number" + (low.empty() ? "" : " from " + low) + (high.empty() ? "" : " up to " + high) + "."});
    }
  }

  void choice(const Field& field, const std::string& text, const std::string& name) {
    bool known = false;
    if (field.type == FieldType::kYesNo)
      known = text == "yes" || text == "no";
    else if (field.type == FieldType::kMember)
      known = std::any_of(around_.members.begin(), around_.members.end(),
                          [&](const Member& m) { return m.id == text && m.kind == field.member_kind; });
    else
      known = std::any_of(field.choices.begin(), field.choices.end(), [&](const Choice& one) { return one.id == text; });
    if (!known) add(name, {"一覧から選んでください。", "Choose one of the list."});
  }

  void choices(const Field& field, const json::value& value, const std::string& name) {
    auto* list = value.if_array();
    if (!list) return add(name, {"一覧から選んでください。", "Choose from the list."});
    std::string text;
    for (const auto& one : *list)
      if (!string_of(one, text) ||
          std::none_of(field.choices.begin(), field.choices.end(), [&](const Choice& c) { return c.id == text; }))
        return add(name, {"一覧から選んでください。", "Choose from the list."});
    if (field.min && std::int64_t(list->size()) < *field.min)
      add(name, {std::to_string(*field.min) + "つ以上選んでください。", "Choose at least " + std::to_string(*field.min) + "."});
    if (field.max && std::int64_t(list->size()) > *field.max)
      add(name, {std::to_string(*field.max) + "つまで選べます。", "Choose at most " + std::to_string(*field.max) + "."});
  }

  static text::Date moved(text::Date day, std::int64_t days) {
    auto base = parse_rfc3339(text::iso_date(day) + "T12:00:00+09:00");
    return text::jst_date(Time{base->us + days * 86'400'000'000});
  }

  void date(const Field& field, const std::string& text, const std::string& name) {
    auto date = text::parse_date(text);
    if (!date.ok()) {
      auto read = web::read_boxes(text);
      return add(name, read.ok() ? date.error().message : read.error().message);
    }
    auto bound = [&](std::int64_t days, bool late) {
      text::Date limit = moved(around_.today, days);
      if (late ? *date <= limit : *date >= limit) return;
      Text words = text::long_date(limit);
      add(name, late ? Text{words.ja + "までの日付を入力してください。", "Enter a date up to " + words.en + "."}
                     : Text{words.ja + "以降の日付を入力してください。", "Enter a date from " + words.en + " on."});
    };
    if (field.earliest_days) bound(*field.earliest_days, false);
    if (field.latest_days) bound(*field.latest_days, true);
    if (date->year < 1850 || date->year > 2200) add(name, {"年を確かめてください。", "Check the year."});
  }

  void file(const Field& field, const json::value& value, const std::string& name) {
    std::string type = member_text(value, "type");
    if (std::find(field.accept.begin(), field.accept.end(), type) == field.accept.end()) {
      Text kinds;
      for (std::size_t i = 0; i < field.accept.size(); ++i) {
        std::string one = field.accept[i];
        std::transform(one.begin(), one.end(), one.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
        kinds.ja += (i == 0 ? "" : "、") + one;
        kinds.en += (i == 0 ? "" : i + 1 == field.accept.size() ? " or " : ", ") + one;
      }
      add(name, {"中身が " + kinds.ja + " のファイルではありません。名前ではなく中身で確かめています。",
                 "This is no file of type " + kinds.en + ". What counts is the content, not the name."});
    }
    auto* object = value.if_object();
    auto* size = object ? object->if_contains("size") : nullptr;
    std::int64_t most = field.max.value_or(500) * 1000;
    if (!size || !size->is_int64() || size->get_int64() > most)
      add(name, {std::to_string(most / 1000) + "キロバイトまでのファイルを選んでください。",
                 "Choose a file of at most " + std::to_string(most / 1000) + " kB."});
  }

  void group(const Field& field, const json::value& value, const std::string& name) {
    auto* list = value.if_array();
    if (!list) return add(name, {"一覧が必要です。", "A list is needed."});
    std::int64_t least = field.min.value_or(0), most = field.max.value_or(50);
    if (std::int64_t(list->size()) < least)
      add(name, {"少なくとも" + std::to_string(least) + "件加えてください。", "Add at least " + std::to_string(least) + "."});
    if (std::int64_t(list->size()) > most)
      add(name, {std::to_string(most) + "件までです。", "There may be at most " + std::to_string(most) + "."});
    for (std::size_t i = 0; i < list->size() && i < 50; ++i) {
      auto* entry = (*list)[i].if_object();
      std::string at = name + "-" + std::to_string(i + 1);
      if (!entry) {
        add(at, {"読めません。", "This cannot be read."});
        continue;
      }
      for (const Field& inner : field.fields) {
        if (!inner.when.holds(*entry)) continue;
        auto* found = entry->if_contains(inner.id);
        this->value(inner, found ? *found : json::value(nullptr), inner.required, at + "-" + inner.id);
      }
    }
  }

  const Surroundings& around_;
  std::vector<Fault>& faults_;
};

}  // namespace

std::string full_width_katakana(std::string_view text) {
  // Half-width kana are made whole by the search form; it leaves hiragana and full-width katakana as they are.
  bool half = false;
  for (char32_t c : points(text)) half = half || (c >= 0xFF61 && c <= 0xFF9F);
  std::string out;
  for (char32_t c : points(half ? text::search_form(text) : std::string(text))) {
    if (c >= 0x3041 && c <= 0x3096) c += 0x60;
    append(out, c);
  }
  return out;
}

std::string correction_text(const Field& field, const json::value& value, const Surroundings& around) {
  std::string shown = show_value(field, value, around).ja;
  return shown.empty() ? "－" : std::string(text::first_code_points(shown, 2000));
}

bool lies_in(std::string_view municipality, std::string_view title) {
  constexpr std::string_view kWard = "区";
  std::string typed = text::search_form(municipality), town = text::search_form(title);
  if (town.empty() || typed.ends_with(town)) return true;
  std::size_t at = typed.rfind(town);
  if (at == std::string::npos) return false;
  // A designated city's address names the ward, too: one, and nothing after it.
  std::string_view ward = std::string_view(typed).substr(at + town.size());
  return ward.size() > kWard.size() && ward.ends_with(kWard) && ward.find(kWard) == ward.size() - kWard.size() &&
         ward.find("市") == std::string_view::npos && ward.find("郡") == std::string_view::npos;
}

bool is_empty_value(const json::value& value) {
  if (value.is_null()) return true;
  if (auto* text = value.if_string()) return text->empty();
  if (auto* list = value.if_array()) return list->empty();
  if (auto* object = value.if_object())
    return std::all_of(object->begin(), object->end(), [](const auto& member) { return is_empty_value(member.value()); });
  return false;
}

json::value read_value(const Field& field, const http::Query& posted, const std::string& name) {
  switch (field.type) {
    case FieldType::kPersonName: return read_parts(posted, name, kNameParts);
    case FieldType::kAddress: return read_parts(posted, name, kAddressParts);
    case FieldType::kDate: return read_date(posted, name);
    case FieldType::kKana: return text_value(full_width_katakana(cleaned(posted, name)));
    case FieldType::kDigits: {
      std::string text = cleaned(posted, name), digits = only_digits(text);
      return text_value(digits.empty() ? text : digits);
    }
    case FieldType::kPostalCode: return text_value(postal_code(cleaned(posted, name)));
    case FieldType::kPhone: return text_value(phone(cleaned(posted, name)));
    case FieldType::kLongText: return text_value(cleaned(posted, name, text::Lines::kMany));
    case FieldType::kNumber: {
      std::string text = cleaned(posted, name);
      auto number = text::read_integer(text);
      return number && *number >= -(1LL << 53) && *number <= (1LL << 53) ? json::value(*number) : text_value(text);
    }
    case FieldType::kChoices: {
      json::array list;
      for (auto one : posted.all(name))
        if (!one.empty() && list.size() < 100 && std::find(list.begin(), list.end(), json::value(one)) == list.end())
          list.emplace_back(one);
      return list;
    }
    case FieldType::kFile:
    case FieldType::kGroup: return nullptr;
    default: return text_value(cleaned(posted, name));
  }
}

void check_value(const Field& field, const json::value& value, bool required, const Surroundings& around, const std::string& name,
                 std::vector<Fault>& faults) {
  Check(around, faults).value(field, value, required, name);
}

std::string_view sniff(std::string_view content) {
  if (content.starts_with("%PDF-")) return "pdf";
  if (content.starts_with("\x89PNG\r\n\x1a\n")) return "png";
  if (content.starts_with("\xFF\xD8\xFF")) return "jpeg";
  return "";
}

std::string_view media_type(std::string_view sniffed) {
  if (sniffed == "pdf") return "application/pdf";
  return sniffed == "png" ? "image/png" : sniffed == "jpeg" ? "image/jpeg" : "application/octet-stream";
}

}  // namespace musubi::procedures
