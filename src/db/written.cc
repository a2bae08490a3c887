#include "db/written.h"

namespace musubi::db {

namespace {
thread_local Written* innermost = nullptr;
}

Written::Written() : outer_(innermost) { innermost = this; }
Written::~Written() { innermost = outer_; }
Written* Written::of_this_thread() { return innermost; }

}  // namespace musubi::db
