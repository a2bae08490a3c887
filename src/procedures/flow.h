// A basket against its pack: which pages and fields it needs, what is missing, and the form of each procedure. Pure.
#pragma once

#include <string>
#include <vector>

#include "procedures/procedures.h"
#include "procedures/values.h"

namespace musubi::procedures {

// Whether a field is asked for these answers, and must be answered.
struct Need {
  bool used = false, required = false;
};
Need need_of(const Pack& pack, const std::vector<std::string>& procedures, const Field& field, const json::object& answers);

// Pages with at least one field that is used, in order.
std::vector<const FormPage*> pages_of(const Pack& pack, const Basket& basket);
std::vector<const Field*> fields_of(const Pack& pack, const Basket& basket, const FormPage& page);
const FormPage* page_with(const Pack& pack, std::string_view field);  // nullptr: asked by the guide alone

// Fields of the basket's forms, and how they differ from those the person saw.
std::vector<std::string> form_fields(const Pack& pack, const Basket& basket);
void see_forms(const Pack& pack, Basket& basket);  // the person sees them as they are now
struct Difference {
  std::vector<std::string> added, removed;  // ids
  bool any() const { return !added.empty() || !removed.empty(); }
};
Difference difference(const Pack& pack, const Basket& basket);

// An address in the municipality that its field names: a fault at "new_address-municipality" where it lies elsewhere.
void check_within(const Pack& pack, const Field& field, const json::object& answers, const Surroundings& around,
                  std::vector<Fault>& faults);

// Of such a field: the title of the town that the guide's answers named, in Japanese, as registers write it; "" where none is known.
std::string town_within(const Pack& pack, const Field& field, const json::object& answers, const Surroundings& around);
// A town that was typed by its English title is put down under its Japanese one.
void settle_municipality(const Pack& pack, const Field& field, json::object& answers, const Surroundings& around);

// Faults of one page, and of all pages and guide answers; where = the input's name.
std::vector<Fault> faults_of_page(const Pack& pack, const Basket& basket, const FormPage& page, const Surroundings& around);
std::vector<Fault> faults_of_basket(const Pack& pack, const Basket& basket, const Surroundings& around);

// The answers that one form holds. Entries of its further persons bear "person": an index into `further` or -1 for the applicant.
struct FilledForm {
  json::object form;
  std::vector<std::string> further;      // codes
  std::int64_t fields = 0, fetched = 0;  // answers, and those that were fetched and kept
};
FilledForm fill_form(const Pack& pack, const Procedure& procedure, const Basket& basket);
// A form on its own, as it arrives at an office: every rule of the pack for that procedure.
std::vector<Fault> faults_of_form(const Pack& pack, const Procedure& procedure, const json::object& form, const Surroundings& around);
// `contests` of {field: {organisation, told, reason}}: what was told and is not what the form says.
std::vector<Line> lines_of(const Pack& pack, const Procedure& procedure, const json::object& form, const json::object& sources,
                           const json::object& contests, const Surroundings& around);
std::int64_t count_answers(const Field& field, const json::value& value);

}  // namespace musubi::procedures
