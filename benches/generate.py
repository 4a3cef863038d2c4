"""Writes the same work for tugtest and for hurl: COUNT checks, one file each.

usage: generate.py FOLDER COUNT BASE_URL

FOLDER/tugtest is a workspace with COUNT connections and COUNT scenarios of one step; FOLDER/hurl holds COUNT files of one request.
Each check asks GET /v1/check/N with a bearer token and wants status 200, `$.ok == true` and `$.account.id == 42`.
"""
import pathlib
import sys

CONNECTION = """\
app: http
type: api-key
fields:
  base_url: {base}
  place: {{header: Authorization, value: "Bearer {{api_key}}"}}
  api_key: {{env: BENCH_TOKEN}}
"""

SCENARIO = """\
workflow: Check {number}
steps:
  - name: Who am I
    app: http
    connection: c{number:05}
    probe:
      http:
        request: GET /v1/check/{number}
        accept:
          status: 200
          json: {{"$.ok": true, "$.account.id": 42}}
"""

HURL = """\
GET {{{{base}}}}/v1/check/{number}
Authorization: Bearer {{{{token}}}}
HTTP 200
[Asserts]
jsonpath "$.ok" == true
jsonpath "$.account.id" == 42
"""

# One step against a double, for the start-up time of a mocked run.
MOCKED_SCENARIO = """\
workflow: One mocked step
steps:
  - name: Who am I
    app: http
    connection: one
    fixture: one
    probe: {http: {request: GET /v1/me, accept: {status: 200, json: {"$.ok": true}}}}
"""
MOCKED_FIXTURE = """\
http:
  - request: {method: GET, path: /v1/me, headers: {authorization: "Bearer {{api_key}}"}}
    response: {status: 200, json: {ok: true}}
"""


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main(folder, count, base):
    folder = pathlib.Path(folder)
    write(folder / "tugtest/tugtest.yaml", "run: {timeout: 30s}\n")
    for number in range(int(count)):
        write(folder / f"tugtest/connections/c{number:05}.yaml", CONNECTION.format(base=base))
        write(folder / f"tugtest/scenarios/s{number:05}.yaml", SCENARIO.format(number=number))
        write(folder / f"hurl/s{number:05}.hurl", HURL.format(number=number))
    write(folder / "mocked/tugtest.yaml", "run: {timeout: 30s}\n")
    write(folder / "mocked/connections/one.yaml", CONNECTION.format(base=base))
    write(folder / "mocked/scenarios/one.yaml", MOCKED_SCENARIO)
    write(folder / "mocked/fixtures/one.yaml", MOCKED_FIXTURE)


main(*sys.argv[1:])
