#include "base/metrics.h"

#include <map>
#include <memory>
#include <variant>

#include "base/guarded.h"

namespace musubi::metrics {
namespace {

using Metric = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>>;

struct Family {
  std::string help;
  std::map<std::string, Metric> by_labels;
};

Guarded<std::map<std::string, Family>>& families() {
  static Guarded<std::map<std::string, Family>> all;
  return all;
}

template <class T>
T& find(std::string_view name, std::string_view help, std::string_view labels) {
  return families().with([&](auto& all) -> T& {
    Family& family = all[std::string(name)];
    if (family.help.empty()) family.help = help;
    Metric& metric = family.by_labels[std::string(labels)];
    auto* slot = std::get_if<std::unique_ptr<T>>(&metric);
    if (!slot || !*slot) slot = &metric.emplace<std::unique_ptr<T>>(std::make_unique<T>());
    return **slot;
  });
}

std::string braces(const std::string& labels) { return labels.empty() ? "" : "{" + labels + "}"; }

}  // namespace

void Histogram::observe_us(std::int64_t us) {
  std::size_t i = 0;
  while (i < kBounds.size() && double(us) > kBounds[i] * 1e6) ++i;
  buckets_[i].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(std::uint64_t(us > 0 ? us : 0), std::memory_order_relaxed);
}

void Histogram::write(std::string& out, const std::string& name, const std::string& labels) const {
  std::uint64_t count = 0;
  std::string comma = labels.empty() ? "" : labels + ",";
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    count += buckets_[i].load(std::memory_order_relaxed);
    std::string bound = i < kBounds.size() ? std::to_string(kBounds[i]) : "+Inf";
    out += name + "_bucket{" + comma + "le=\"" + bound + "\"} " + std::to_string(count) + "\n";
  }
  out += name + "_sum" + braces(labels) + " " + std::to_string(double(sum_us_.load(std::memory_order_relaxed)) / 1e6) + "\n";
  out += name + "_count" + braces(labels) + " " + std::to_string(count) + "\n";
}

Counter& counter(std::string_view name, std::string_view help, std::string_view labels) { return find<Counter>(name, help, labels); }
Gauge& gauge(std::string_view name, std::string_view help, std::string_view labels) { return find<Gauge>(name, help, labels); }
Histogram& histogram(std::string_view name, std::string_view help, std::string_view labels) {
  return find<Histogram>(name, help, labels);
}

std::string exposition() {
  std::string out;
  families().with([&](auto& all) {
    for (const auto& [name, family] : all) {
      bool first = true;
      for (const auto& [labels, metric] : family.by_labels) {
        const char* kinds[] = {"counter", "gauge", "histogram"};
        if (first) out += "# HELP " + name + " " + family.help + "\n# TYPE " + name + " " + kinds[metric.index()] + "\n";
        first = false;
        if (auto* c = std::get_if<0>(&metric)) out += name + braces(labels) + " " + std::to_string((*c)->value()) + "\n";
        if (auto* g = std::get_if<1>(&metric)) out += name + braces(labels) + " " + std::to_string((*g)->value()) + "\n";
        if (auto* h = std::get_if<2>(&metric)) (*h)->write(out, name, labels);
      }
    }
  });
  return out;
}

}  // namespace musubi::metrics
