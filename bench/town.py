#!/usr/bin/python3
"""One town hall's machine: from start to the first page, memory when idle, the binary's size.

usage: bench/town.py BUILD_DIR [rounds]

Starts `musubi serve` over an organisation that holds the nation's plan, asks for a measure's page until it is there, and ends the
server; with everything in the file cache ("warm"), and with binary, libraries and data put out of it before ("cold": what a
file system may still keep of them is not in our hands). Control: nginx, where it is installed, from its start to the same bytes.
Medians, and the slowest of the rounds.
"""
import http.client, os, pathlib, shutil, signal, socket, statistics, subprocess, sys, tempfile, time

build, rounds = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 15
binary = build / 'musubi'
root = pathlib.Path(__file__).resolve().parent.parent
page = '/nation/plans/japan.basic-plan-2019/measures/1-1'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def evict(paths):
    for path in paths:
        with open(path, 'rb') as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def libraries(program):
    for line in subprocess.run(['ldd', program], capture_output=True, text=True, check=True).stdout.splitlines():
        if '=> /' in line:
            yield line.split('=> ')[1].split()[0]


def until_served(port, path):
    """The body of the first answer; a minute at most."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            connection = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
            connection.request('GET', path, headers={'Accept': 'text/html'})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status == 200:
                return body
            raise SystemExit(f'{path}: {answer.status}')
        except ConnectionRefusedError:
            time.sleep(0.0005)
    raise SystemExit('no page within a minute')


def resident_mb(pid):
    for line in open(f'/proc/{pid}/status'):
        if line.startswith('VmRSS'):
            return int(line.split()[1]) / 1000


def started(command, port, path, **options):
    """Milliseconds to the first page, the page, and the process, which goes on."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    body = until_served(port, path)
    return (time.perf_counter() - began) * 1000, body, process


def ended(process):
    began = time.perf_counter()
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    return (time.perf_counter() - began) * 1000


def told(name, times):
    print(f'{name:<44} {statistics.median(times):8.1f} ms   slowest of {len(times)}: {max(times):.1f} ms', flush=True)


with tempfile.TemporaryDirectory() as work:
    work = pathlib.Path(work)
    work.chmod(0o755)
    data = work / 'data'
    environment = dict(os.environ, MUSUBI_DATA=str(data))
    for words in (['org', 'create', 'nation', '--kind', 'nation', '--title-ja', '国', '--title-en', 'Nation'],
                  ['pack', 'import', 'nation', str(root / 'packs/japan/basic-plan-2019/plan.json')],
                  ['pack', 'sign-off', 'nation', 'japan.basic-plan-2019']):
        subprocess.run([binary, *words], env=environment, check=True, stdout=subprocess.DEVNULL)

    def serve():
        port = free_port()
        return started([binary, 'serve', '--listen', f'127.0.0.1:{port}'], port, page, env=environment)

    warm, cold, stops = [], [], []
    for _ in range(rounds):
        took, body, process = serve()
        warm.append(took)
        stops.append(ended(process))
    for _ in range(rounds):
        os.sync()
        evict([binary, *libraries(binary), *(p for p in data.rglob('*') if p.is_file())])
        took, _, process = serve()
        cold.append(took)
        ended(process)
    _, _, process = serve()
    time.sleep(3)  # what is measured is idleness
    idle = resident_mb(process.pid)
    ended(process)
    print(f'first page: {len(body)} bytes of {page}')
    told('start to first page, warm', warm)
    told('start to first page, cold', cold)
    if shutil.which('nginx'):
        (work / 'page.html').write_bytes(body)
        times = []
        for _ in range(rounds):
            port = free_port()
            (work / 'nginx.conf').write_text(f'''
                worker_processes 1; daemon off; pid {work}/nginx.pid; error_log {work}/error.log; events {{}}
                http {{ access_log off; client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f;
                        uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;
                        server {{ listen 127.0.0.1:{port}; root {work}; }} }}''')
            took, _, process = started(['nginx', '-c', work / 'nginx.conf', '-p', work, '-e', work / 'error.log'], port, '/page.html')
            times.append(took)
            ended(process)
        told('control: nginx, start to the same bytes', times)
    told('clean stop', stops)
    stripped = work / 'stripped'
    subprocess.run(['strip', '-o', stripped, binary], check=True)
    print(f'resident when idle, one organisation: {idle:.1f} MB; data {sum(p.stat().st_size for p in data.rglob("*") if p.is_file()) / 1e6:.1f} MB')
    print(f'binary, stripped: {stripped.stat().st_size / 1e6:.1f} MB')
