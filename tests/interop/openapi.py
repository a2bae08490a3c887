"""/openapi.json of a running server: well-formed as OpenAPI 3.1.0 has it (its clauses are named), its schemas judged by Debian's
python3-jsonschema, and what it says held against what the server does.

openapi.py MUSUBI WORK     the last line is `N passed, M failed`
"""
import collections
import http.client
import json
import pathlib
import re
import subprocess
import sys
import urllib.parse

import jsonschema

from tally import check, end

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}  # 4.8.9


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def schemas(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "schema":
                yield value
            yield from schemas(value)
    elif isinstance(node, list):
        for value in node:
            yield from schemas(value)


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(document, reference):
    node = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def check_operation(document, path, method, operation):
    name = f"{method} {path}"
    check(f"{name}: a method", method in METHODS)
    declared = [(one["name"], one["in"]) for one in operation.get("parameters", [])]
    check(f"{name}: each parameter once (4.8.10)", len(set(declared)) == len(declared), declared)
    in_path = [one for one, where in declared if where == "path"]
    check(f"{name}: the parameters of the path (4.8.12.1)", sorted(in_path) == sorted(re.findall(r"\{(\w+)\}", path)), in_path)
    for one in operation.get("parameters", []):
        check(f"{name}: {one['name']} (4.8.12)", one["in"] in ("path", "query") and "schema" in one and (one["in"] != "path" or one["required"]))
    responses = operation["responses"]
    check(f"{name}: its answers (4.8.16)", any(re.fullmatch("[23][0-9][0-9]", code) for code in responses) and "default" in responses)
    for code, answer in responses.items():
        answer = resolve(document, answer["$ref"]) if "$ref" in answer else answer
        check(f"{name} {code}: described (4.8.17)", bool(answer.get("description")))
        check(f"{name} {code}: leads on or has a content", ("Location" in answer.get("headers", {})) if code[0] == "3" else bool(answer.get("content")))
    if "requestBody" in operation:
        check(f"{name}: a body has a media type (4.8.13)", bool(operation["requestBody"]["content"]))
    for requirement in operation["security"]:
        for scheme in requirement:
            check(f"{name}: the scheme {scheme} (4.8.30)", scheme in document["components"]["securitySchemes"])
    check(f"{name}: whom it is for", (operation["x-access"] == "public") == (operation["security"] == []))


def check_document(document):
    check("the version (4.8.1)", re.fullmatch(r"3\.1\.\d+", document["openapi"]))
    check("the info (4.8.2)", document["info"]["title"] and document["info"]["version"])
    ids = collections.Counter(operation["operationId"] for _, _, operation in operations(document))
    check("every operation has a name of its own (4.8.10)", max(ids.values()) == 1, ids.most_common(1))
    shapes = collections.Counter(re.sub(r"\{\w+\}", "{}", path) for path in document["paths"])
    check("no two paths are the same but for names (4.8.8)", max(shapes.values()) == 1, shapes.most_common(1))
    for path, method, operation in operations(document):
        check_operation(document, path, method, operation)
    for reference in set(references(document)):
        try:
            resolve(document, reference)
            check(reference, True)
        except (KeyError, TypeError):
            check(reference, False, "leads nowhere")
    for schema in schemas(document):
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
            check("a schema", True)
        except jsonschema.SchemaError as error:
            check("a schema", False, error.message)


class Server:
    """An organisation of its own with its first administrator's link."""

    def __init__(self, musubi, work):
        data = str(work / "openapi")
        subprocess.run([musubi, "org", "create", "aoba", "--title-ja", "青葉町", "--title-en", "Aoba", "--data", data], check=True, capture_output=True)
        self.process = subprocess.Popen([musubi, "serve", "--data", data, "--listen", "127.0.0.1:0", "--lang", "en"],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.link = None
        for line in self.process.stdout:
            found = re.search(r"http://(127\.0\.0\.1:\d+)(/aoba/sign-in/\S+)", line)
            if found:
                self.at, self.link = found.groups()
            if "Ctrl-C stops it" in line:
                break
        self.cookies = {}

    def ask(self, method, path, form=None, accept="text/html"):
        """-> (status, headers, body); keeps cookies."""
        connection = http.client.HTTPConnection(self.at, timeout=30)
        headers = {"Accept": accept, "Origin": f"http://{self.at}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(form)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers, answer.read().decode()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def check_answers(document, server):
    schemes = {name: scheme["name"].replace("{org}", "aoba") for name, scheme in document["components"]["securitySchemes"].items()}
    office = document["paths"]["/{org}/office/officers"]
    status, headers, _ = server.ask("GET", "/aoba/office/officers", accept="application/json")
    check("nobody gets in without a session", status == 401, status)
    check("and is told of no scheme that is none", "Bearer" not in headers.get("WWW-Authenticate", ""), headers.get("WWW-Authenticate"))
    status, headers, _ = server.ask("POST", server.link, form={})
    check("the link opens a session", str(status) in document["paths"]["/{org}/sign-in/{token}"]["post"]["responses"], status)
    check("and leads on", bool(headers["Location"]))
    check("which the officers' scheme names", schemes[next(iter(office["get"]["security"][0]))] in server.cookies, list(server.cookies))
    check("and the residents' does not", schemes["resident"] not in server.cookies)
    status, headers, page = server.ask("GET", "/aoba/office/officers")
    described = office["get"]["responses"].get(str(status), {"content": {}})["content"]
    check("with it the page opens as described", headers["Content-Type"].split(";")[0] in described, status)
    token = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    status, headers, page = server.ask("POST", "/aoba/office/officers", form={"csrf": token, "name": "Hanako", "role": "officer"})
    check("an appointment is answered as described", status == 201 and "201" in office["post"]["responses"], status)
    for path, method, operation in operations(document):
        if method != "get" or operation["security"] or path.replace("{org}", "").count("{"):
            continue
        status, headers, _ = server.ask("GET", path.replace("{org}", "aoba"), accept="*/*")
        answer = operation["responses"].get(str(status))
        if status in (404, 422):  # nothing published yet, or it asks for parameters
            continue
        check(f"{path} answers as described", answer is not None, status)
        if answer and "content" in answer:
            kind = headers["Content-Type"].split(";")[0]
            check(f"{path} is what it says", kind in {one.split(";")[0] for one in answer["content"]}, kind)


def main():
    server = Server(sys.argv[1], pathlib.Path(sys.argv[2]))
    try:
        check("the server shows the first link", server.link is not None)
        document = json.loads(server.ask("GET", "/openapi.json", accept="*/*")[2])
        check_document(document)
        check_answers(document, server)
    finally:
        server.stop()
    end()


main()
