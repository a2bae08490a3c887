// Notices: the document that an applicant gets, its signature and stamp, and what anybody may learn about it.
//
// Document: self-contained HTML, both languages, A4 when printed, with the verify link and its QR code. Signature: a compact
// JWS (RFC 7515, ES256, x5c) by the organisation's message key over {code, kind, office, issued_at, valid_until, sha256}.
// Stamp: RFC 3161 over the bytes of the JWS, by the organisation's time-stamping authority.
#pragma once

#include <string>
#include <string_view>

#include "records/records.h"

namespace musubi::records {

// A notice of the decision, drawn, signed and stamped. Outside transactions: it signs. Errors: records.no_keys, those of
// crypto. `reason` stands in a refusal.
Result<Notice> make_notice(const Office& office, const Case& c, const Applicant& applicant, const Form& form, std::string_view outcome,
                           std::string_view reason, Time now);

std::string verify_address(const Office& office, std::string_view code);  // "http://127.0.0.1:8081/aoba/notices/CODE"

// The lines of a decision with {applicant}, {number}, {date}, {filed}, {office}, {procedure}, {reason} and each answer's
// {key} filled in; an unknown name is empty.
Text fill_line(const Text& line, const Office& office, const Case& c, const Applicant& applicant, const Form& form,
               std::string_view reason, Time now);
std::string draw_notice(const Office& office, const Case& c, const Applicant& applicant, const Form& form, const Notice& notice,
                        std::string_view reason);
std::string_view notice_css();  // the style that stands in each document

struct NoticeCheck {
  bool signature = false, stamp = false, document = false;  // each good; document: as signed, or erased
  std::optional<Time> stamped_at;
  bool good() const { return signature && stamp && document; }
};
// Holds what is stored against signature and stamp, under the organisation's own root.
NoticeCheck check_notice(const Office& office, const Notice& notice);

}  // namespace musubi::records
