"""Runs ./start as a newcomer would: right and wrong calls, kill -9, restart, Ctrl-C, nothing left behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 240
STOP_LIMIT_S = 30


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def check(what, ok, seen=""):
    if not ok:
        sys.exit(f"SMOKE FAILED: {what}: {seen}")
    print(f"  ok  {what}", flush=True)


class Pipeline:
    def __init__(self, data, **settings):
        self.data = data
        self.port, self.kafka_port = free_port(), free_port()
        self.log = open(data.parent / f"console-{self.port}.log", "w+b")
        env = dict(os.environ, DATA_DIR=str(data), PORT=str(self.port), KAFKA_PORT=str(self.kafka_port), **settings)
        # A session of its own, so that a signal to its group is what Ctrl-C is at a console.
        self.process = subprocess.Popen(
            ["./start"], cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)

    def console(self):
        self.log.flush()
        return Path(self.log.name).read_text("utf-8", "replace")

    def await_ready(self):
        began = time.monotonic()
        while time.monotonic() - began < START_LIMIT_S:
            if self.process.poll() is not None:
                sys.exit("SMOKE FAILED: ./start ended:\n" + self.console())
            if (self.data / "endpoints.json").exists() and self.call("GET", "/status")[0] == 200:
                return time.monotonic() - began
            time.sleep(0.2)
        sys.exit("SMOKE FAILED: not ready in time:\n" + self.console())

    def call(self, method, path, body=None, headers=None, timeout=20):
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data=data, method=method,
            headers={"Content-Type": "application/json", **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, dict(answer.headers), json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as e:
            return e.code, dict(e.headers), json.loads(e.read() or b"null")
        except (urllib.error.URLError, ConnectionError, TimeoutError) as e:
            return 0, {}, str(e)

    def score(self, text, **more):
        return self.call("POST", "/v1/bert_prediction", {"text": text, **more})

    def submit(self, body, headers=None):
        return self.call("POST", "/v1/bert_prediction_async", body, headers)

    def result(self, task_id):
        return self.call("GET", f"/result/{task_id}")

    def await_result(self, task_id, limit=30):
        began = time.monotonic()
        while time.monotonic() - began < limit:
            status, _, body = self.result(task_id)
            if status == 200 and body["status"] != "PENDING":
                return body
            time.sleep(0.1)
        sys.exit(f"SMOKE FAILED: {task_id} has no outcome after {limit} s: {status} {body}")


def children_of(data):
    """Processes other than ours that work in the data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            where = os.readlink(entry / "cwd")
        except OSError:
            continue
        if str(data) in line or where.startswith(str(data)):
            found.append(f"{entry.name}: {line[:120]}")
    return found


def right_and_wrong_calls(p):
    status, _, body = p.score("База данных недоступна, встал весь склад, отгрузки остановлены")
    check("a Russian outage is critical", status == 200 and body["priority"] == "critical" and body["priority_score"] > 0.8, body)
    status, _, body = p.score("Could you add dark mode please?")
    check("an English wish is low", status == 200 and body["task_priority"] == "LABEL_0", body)
    status, _, again = p.score("Could you add dark mode please?")
    check("the same text again comes from the cache", again["cached"] and again["task_id"] == body["task_id"], again)

    key = {"Idempotency-Key": str(uuid.uuid4())}
    status, headers, body = p.submit({"subject": "VPN", "body": "VPN drops every hour"}, key)
    check("an asynchronous ticket is accepted", status == 202 and headers["Location"] == "/result/" + body["task_id"], body)
    check("with the old contract's fields", body["status"] == body["priorstatusity_score"] == "submitted", body)
    status, _, repeat = p.submit({"subject": "VPN", "body": "VPN drops every hour"}, key)
    check("its repeat is the same ticket", status == 202 and repeat["task_id"] == body["task_id"], repeat)
    status, _, other = p.submit({"text": "something else"}, key)
    check("its key with another text is refused", status == 422 and other["status"] == 422, other)
    outcome = p.await_result(body["task_id"])
    check("its result is there", outcome["status"] == "SUCCESS" and outcome["result"]["task_priority"].startswith("LABEL_"), outcome)

    for name, want, answer in [
        ("an empty text", 400, p.score("")),
        ("20,000 characters", 400, p.score("а" * 20_000)),
        ("broken JSON", 400, p.call("POST", "/v1/bert_prediction", b'{"text": "a')),
        ("an id never accepted", 404, p.result(str(uuid.uuid4()))),
        ("an unknown path", 404, p.call("GET", "/nowhere")),
        ("a wrong method", 405, p.call("GET", "/v1/bert_prediction")),
        ("a wrong type", 415, p.call("POST", "/v1/bert_prediction", b"text", {"Content-Type": "text/plain"})),
        ("a body too large", 413, p.call("POST", "/v1/bert_prediction", b'{"text":"' + b"x" * 400_000 + b'"}')),
    ]:
        status, headers, body = answer
        check(f"{name} is answered {want} with a reason", status == want and body.get("detail") and "problem+json" in headers.get("Content-Type", ""), answer)

    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda i: p.score(f"Ticket number {i}: the printer on floor {i} jams"), range(200)))
    check("200 calls at once are all answered", all(a[0] == 200 for a in answers), [a for a in answers if a[0] != 200][:3])
    check("each with an id of its own", len({a[2]["task_id"] for a in answers}) == 200)


def main():
    work = Path(tempfile.mkdtemp(prefix="smoke-"))
    data = work / "data"
    try:
        print("First start", flush=True)
        p = Pipeline(data)
        print(f"  ready after {p.await_ready():.1f} s (build included, if there was one)")
        right_and_wrong_calls(p)
        endpoints = json.loads((data / "endpoints.json").read_text())
        check("endpoints.json names all four", set(endpoints) == {"http", "kafka", "postgres", "redis"}, endpoints)

        print("Two on one data directory", flush=True)
        second = Pipeline(data)
        code = second.process.wait(START_LIMIT_S)
        check("the second is refused in one clear line", code != 0 and "Another ./start is running" in second.console(), second.console())
        check("and the first goes on", p.call("GET", "/status")[0] == 200)

        print("Open to others by accident", flush=True)
        exposed = Pipeline(work / "exposed", BIND="0.0.0.0")
        code = exposed.process.wait(START_LIMIT_S)
        reasons = [line for line in exposed.console().splitlines() if line.startswith("Cannot start:")]
        check("BIND=0.0.0.0 without keys is refused in one clear line", code != 0 and len(reasons) == 1 and "API_KEYS" in reasons[0], exposed.console())

        print("kill -9 in the middle", flush=True)
        ids = [f"smoke-{uuid.uuid4()}" for _ in range(100)]
        accepted = [i for i in ids if p.submit({"task_id": i, "text": f"Ticket {i} fails to print"})[0] == 202]
        os.kill(p.process.pid, signal.SIGKILL)
        p.process.wait()
        check("tickets were accepted before", len(accepted) == 100, len(accepted))

        print("Start again on other ports", flush=True)
        p = Pipeline(data)
        print(f"  ready after {p.await_ready():.1f} s")
        outcomes = [p.await_result(i) for i in accepted]
        check("every ticket accepted before the kill has its priority", all(o["status"] == "SUCCESS" for o in outcomes), outcomes[:2])

        print("Ctrl-C", flush=True)
        began = time.monotonic()
        os.killpg(p.process.pid, signal.SIGINT)
        p.process.wait(STOP_LIMIT_S)
        print(f"  stopped after {time.monotonic() - began:.1f} s")
        check("it says that it stopped", "Stopped." in p.console(), p.console()[-500:])
        check("nothing is left running", not children_of(data), children_of(data))

        print("Backup, a loss, and restore", flush=True)
        backup = work / "backup"
        subprocess.run(["cp", "-a", data, backup], check=True)  # as docs/operations.md has it
        shutil.rmtree(data)
        shutil.move(backup, data)
        p = Pipeline(data)
        print(f"  ready after {p.await_ready():.1f} s")
        status, _, restored = p.result(accepted[0])
        check("what was in the backup is there", status == 200 and restored["status"] == "SUCCESS", restored)
        os.killpg(p.process.pid, signal.SIGINT)
        p.process.wait(STOP_LIMIT_S)
        check("no customer's text is in the log", "fails to print" not in (data / "logs" / "ticket-priority.log").read_text("utf-8"))
    finally:
        for line in children_of(data):
            os.kill(int(line.split(":")[0]), signal.SIGKILL)
        shutil.rmtree(work, ignore_errors=True)
    print("The smoke test passed", flush=True)


if __name__ == "__main__":
    main()
