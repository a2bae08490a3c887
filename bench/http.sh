#!/bin/bash
# HTTP, with wrk, in one run: 8 kB answers of Musubi (inline, worker) and of nginx (static file, return 200); then four pages that
# `musubi serve` renders for each request, from the nation's plan (a measure of 5 kB, one of 8 kB, the overview of 50, all 159 on
# one page), and nginx serving the same bytes. The goal (8,000 a second, p99 under 10 ms) is for the page of 8 kB: measure-8k.
# usage: bench/http.sh BUILD_DIR [rounds] [seconds] [connections]; prints medians of requests a second, p99, and server CPU a request.
set -euo pipefail
build=$1 rounds=${2:-3} seconds=${3:-5} connections=${4:-64}
work=$(mktemp -d)
trap 'exec 9>&- || true; [ -f "$work/nginx.pid" ] && kill "$(cat "$work/nginx.pid")"; [ -z "${serving:-}" ] || { kill "$serving"; wait "$serving"; } || true; rm -rf "$work"' EXIT
port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
head -c 8192 /dev/zero | tr '\0' x > "$work/page.html"
cat > "$work/nginx.conf" <<CONF
worker_processes 1; pid $work/nginx.pid; error_log $work/error.log; daemon on;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000; sendfile off; default_type text/html;
  client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f; uwsgi_temp_path $work/u; scgi_temp_path $work/s;
  server { listen 127.0.0.1:$port; root $work;
    location = /return { return 200 "$(cat "$work/page.html" | head -c 4000)$(head -c 4192 "$work/page.html")"; } }
}
CONF
chmod 755 "$work"
split=$(head -c 2000 "$work/page.html")
sed -i "s|return 200 .*; }|return 200 \"\${a}\${a}\${a}\${a}\${b}\"; }|; s|server { listen|server { set \$a \"$split\"; set \$b \"$(head -c 192 "$work/page.html")\"; listen|" "$work/nginx.conf"
nginx -c "$work/nginx.conf" -p "$work" 2>"$work/nginx.err" || { cat "$work/nginx.err"; exit 1; }
sleep 0.3
nginx_worker=$(pgrep -P "$(cat "$work/nginx.pid")")
mkfifo "$work/in"
"$build/http_serve" ${IO:-1} ${WORKERS:-32} ${LOG:-1} <"$work/in" >"$work/port" 2>/dev/null &
musubi=$!
exec 9>"$work/in"
until [ -s "$work/port" ]; do sleep 0.05; done
mport=$(cat "$work/port")
export MUSUBI_DATA=$work/data
"$build/musubi" org create nation --kind nation --title-ja 国 --title-en Nation >"$work/made"
"$build/musubi" pack import nation packs/japan/basic-plan-2019/plan.json >>"$work/made"
"$build/musubi" pack sign-off nation japan.basic-plan-2019 >>"$work/made"
"$build/musubi" serve --listen 127.0.0.1:0 --lang en >"$work/serve" 2>&1 &
serving=$!
until root=$(grep -om1 'http://127.0.0.1:[0-9]*' "$work/serve"); do sleep 0.05; done
plan=$root/nation/plans/japan.basic-plan-2019
curl -fsS -H 'Accept: text/html' "$plan" >"$work/overview.html"
curl -fsS -H 'Accept: text/html' "$plan?per_page=159" >"$work/all159.html"
curl -fsS -H 'Accept: text/html' "$plan/measures/1-1" >"$work/measure.html"
curl -fsS -H 'Accept: text/html' "$plan/measures/2-5" >"$work/measure-8k.html"
resident() { awk '/^VmRSS/{printf "%.0f MB", $2 / 1000}' "/proc/$1/status"; }
idle=$(resident "$serving")
cpu() { awk '{print $14+$15}' "/proc/$1/stat"; }  # ticks of 10 ms
one() {  # name pid url
  local before after out
  before=$(cpu "$2")
  out=$(wrk -t1 -c"$connections" -d"${seconds}s" --latency -H 'Accept: text/html' "$3")
  after=$(cpu "$2")
  echo "$out" | awk -v name="$1" -v ticks=$((after - before)) '/requests in/{n=$1} /99%/{p=$2} /Requests\/sec/{r=$2} /Non-2xx/{bad=$0}
    END{printf "%s %d %s %.1f %s\n", name, r, p, ticks * 10000 / n, bad}'
}
for ((i = 0; i < rounds; ++i)); do
  one nginx-static "$nginx_worker" "http://127.0.0.1:$port/page.html"
  one nginx-return "$nginx_worker" "http://127.0.0.1:$port/return"
  one musubi-inline "$musubi" "http://127.0.0.1:$mport/inline"
  one musubi-worker "$musubi" "http://127.0.0.1:$mport/worker"
  one nginx-measure "$nginx_worker" "http://127.0.0.1:$port/measure.html"
  one musubi-measure "$serving" "$plan/measures/1-1"
  one nginx-measure-8k "$nginx_worker" "http://127.0.0.1:$port/measure-8k.html"
  one musubi-measure-8k "$serving" "$plan/measures/2-5"
  one nginx-overview "$nginx_worker" "http://127.0.0.1:$port/overview.html"
  one musubi-overview "$serving" "$plan"
  one nginx-all159 "$nginx_worker" "http://127.0.0.1:$port/all159.html"
  one musubi-all159 "$serving" "$plan?per_page=159"
done | tee "$work/all"
echo "--- bytes: measure $(wc -c <"$work/measure.html"), measure of 8 kB $(wc -c <"$work/measure-8k.html"), overview $(wc -c <"$work/overview.html"), all 159 $(wc -c <"$work/all159.html")"
echo "--- musubi serve, resident: $idle before, $(resident "$serving") after"
echo "--- medians: name requests/s p99 server-CPU-us/request"
for name in {nginx-{static,return},musubi-{inline,worker},{nginx,musubi}-{measure,measure-8k,overview,all159}}; do
  grep "^$name " "$work/all" | sort -k2n | awk '{l[NR]=$0} END{print l[int((NR+1)/2)]}'
done
