// The answers of a case in both languages, by the packs of this binary: the case itself keeps them in Japanese.
#pragma once

#include <span>
#include <vector>

#include "procedures/neighbours.h"
#include "records/office.h"

namespace musubi::app {

// One for each answer of the form, in order. As it is kept where the form is of another version than the pack, and for a correction.
std::vector<records::AnswerWords> answer_words(const records::Case& subject, const records::Form& form,
                                               std::span<const procedures::Member> members);

}  // namespace musubi::app
