"""Eight servers start the same job in the same minute, with the script that quiz ships: jobs.py SCRIPT FOLDER"""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SERVERS = 8
MINUTES = 5


def start(script, minute, *job):
    """The script on one server, in a group of its own so that it can be killed."""
    command = ["bash", str(script), "ranking", "30", *job]
    environment = {**os.environ, "QUIZ_MINUTE": minute}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)


def outcomes(servers):
    said = [server.communicate(timeout=60)[0] for server in servers]
    return sorted(line.split("outcome=")[1].split()[0] for text in said for line in text.splitlines())


def ask(*words):
    options = ["--tls", "-h", os.environ["REDIS_HOST"], "-p", os.environ["REDIS_PORT"], "--raw"]
    return subprocess.run(["redis-cli", *options, *words], check=True, capture_output=True, text=True).stdout.strip()


def demand(holds, says):
    if not holds:
        sys.exit(f"error: {says}")


def runs(script, folder, minute, seconds=0.1):
    """How often a job of so many seconds ran when eight servers start it, and what each server said."""
    done = folder / minute
    done.touch()
    servers = [start(script, minute, "sh", "-c", f'echo ran >> "{done}"; sleep {seconds}') for _ in range(SERVERS)]
    said = outcomes(servers)
    return done.read_text().count("ran"), said


def main():
    script, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for number in range(MINUTES):
        times, said = runs(script, folder, f"minute-{number}")
        demand(times == 1, f"in one minute eight servers ran a job {times} times")
        demand(said.count("done") == 1 and not set(said) - {"done", "elsewhere", "already"}, f"the servers said {said}")

    holding = folder / "holding"
    server = start(script, "killed", "sh", "-c", f'echo $$ > "{holding}"; exec sleep 60')
    until = time.monotonic() + 30
    while not holding.exists() or not holding.read_text().endswith("\n"):
        demand(time.monotonic() < until, "the job that is to be killed never began")
        time.sleep(0.02)
    os.killpg(server.pid, signal.SIGKILL)
    os.kill(int(holding.read_text()), signal.SIGKILL)  # `timeout` gave the job a group of its own
    server.communicate()
    times, said = runs(script, folder, "killed")
    demand(times == 0 and said == ["elsewhere"] * SERVERS, f"while the lock of a server that died held, the others said {said}")
    # Its lock runs out by itself 40 seconds after the job's time; nobody waits for that here.
    left = int(ask("PTTL", "quiz:job:ranking:lock"))
    demand(0 < left <= 70_000, f"the lock of a server that died runs out in {left} ms")
    ask("PEXPIRE", "quiz:job:ranking:lock", "1")
    times, said = runs(script, folder, "killed")
    demand(times == 1 and said.count("done") == 1, f"after that lock ran out the job ran {times} times: {said}")

    broken = folder / "broken.sh"
    text = script.read_text()
    demand(text.count('"$token" NX PX') == 1, "the script takes its lock in another way than this judge knows")
    broken.write_text(text.replace('"$token" NX PX', '"$token" PX'))
    times, _ = runs(broken, folder, "broken", 2)  # long enough that they meet on a busy machine too
    demand(times > 1, "the judge does not see it when whoever comes takes the lock")
    print(f"quiz: in {MINUTES} minutes and after a server that was killed, one of {SERVERS} ran the job; "
          f"with a broken lock {times} did")


if __name__ == "__main__":
    main()
