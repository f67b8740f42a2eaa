"""What the peers' processes share: requests and answers, one JSON object per line.

A request: {"model", "shape", "batch", "threads", "what", "mode", "layout", "isa", "arrays", "clock", "seconds"}. The
answer: {"rate": images per second (median step), "parameters", "errors"} or {"error"}. The network of the last request
is kept, so a process that is asked the same again measures at once. Clock "cpu": CPU time of the process.
"""
import json
import os
import statistics
import sys
import time


def stdout_for_answers():
    """Standard output for answers alone; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def missing(name):
    """The banner of a peer that is not there; ends the process."""
    print(json.dumps({"missing": f"not installed (pip install {name})"}))
    sys.exit(0)


def serve(banner, prepare):
    """prepare(request): a step without arguments, and what goes into every answer."""
    answers = stdout_for_answers()
    print(json.dumps(banner), file=answers, flush=True)
    last, step, about = None, None, {}
    for line in sys.stdin:
        request = json.loads(line)
        duration = request.pop("seconds")
        clock = time.process_time if request["clock"] == "cpu" else time.perf_counter
        try:
            if request != last:
                step, last = None, None
                step, about = prepare(request)
                for _ in range(3):
                    step()
                last = request
            end, seconds = clock() + duration, []
            while len(seconds) < 3 or clock() < end:
                start = clock()
                step()
                seconds.append(clock() - start)
            answer = {"rate": request["batch"] / statistics.median(seconds), **about}
        except Exception as error:  # a variant that this peer cannot do is reported as not measured
            answer = {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"}
        print(json.dumps(answer), file=answers, flush=True)
