// What may follow what: numbers, faults of a filing, who may act. Pure functions on structs; no I/O, no clock.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "records/records.h"

namespace musubi::records {

inline constexpr std::int64_t kYear = 10'000'000;  // numbers of one fiscal year: year * kYear + serial
inline constexpr std::size_t kCommentPoints = 4000;
inline constexpr std::int64_t kDay_us = 24LL * 3600 * 1'000'000;
inline constexpr std::int64_t kNotDue_us = 253'402'300'799'000'000;  // end of the year 9999

std::string case_id(std::int64_t number);                    // "2026-000123"
std::optional<std::int64_t> number_of(std::string_view id);  // nullopt where it is none
Text number_text(std::int64_t number);                       // {"令和8-000123", "2026-000123"}

// Every fault of a filing, with its place ("/route/2/post").
std::vector<Fault> faults_of(const Filing& filing);
// The end of the standard time: the day given, at its end in Japan, else filed_at and the days.
std::optional<Time> due_of(const Filing& filing);

// A comment, message or reason as it is kept. Errors: records.comment_needed where `needed` and empty, records.bad_text.
Result<std::string> clean_comment(std::string_view text, bool needed);

bool holds(std::span<const std::string> posts, std::string_view post);

// Whether the officer may work at the case's step now. Errors: records.closed, records.with_applicant,
// records.post_needed, records.claimed_by_other.
Result<void> may_work(const Case& c, std::span<const std::string> posts, std::string_view officer, const Text& post_title);

// How far the step has come, for heads: since it began, waiting included.
std::int64_t step_ms(const Case& c, Time now);

Error unknown_case(std::string_view id);
Error unknown_notice();
Error closed(const Case& c);
Error post_needed(const Case& c, const Text& post_title);
Error changed_meanwhile(std::span<const Event> since);

// What an event says in a list, in both languages: "段階「審査」を終えました", "The step Review was finished".
Text event_text(const Event& event, std::span<const Step> route);

}  // namespace musubi::records
