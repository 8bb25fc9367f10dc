"""The logs of a run, see the script beside this file, as one short table. python3 table.py FOLDER"""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])


def lines(name):
    path = folder / name
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")] if path.exists() else []


def has_ended(path):
    """Whether a run left its figures: one that was cut off leaves an empty file."""
    return path.exists() and path.stat().st_size > 0


def kernels():
    """Microseconds by name and rows, from the bench's last line."""
    report = lines("kernels.txt")
    figures = report[-1]["figures"] if report else []
    return {(each["kernel"], each["shape"]): each for each in figures}


NAMES = {
    "query, key, value": "linear, query key value",
    "attention output": "linear, attention output",
    "gate and up": "linear, gate and up, SwiGLU",
    "down": "linear, down",
    "output": "linear, logits",
}

ours = kernels()
for each in (each for each in lines("matmul.jsonl") if each["what"] == "matmul"):
    found = [figure for (kernel, shape), figure in ours.items() if kernel == NAMES[each["layer"]] and int(shape.split(" x ")[0].replace(",", "")) == each["rows"]]
    if found:
        time = found[0]["microseconds"]
        print(f"{each['layer']:<18} {each['rows']:>5} rows  {time:>9.1f} us  cuBLAS {each['microseconds']:>9.1f} us  {each['microseconds'] / time:5.2f}")
for (kernel, shape), figure in ours.items():
    if not kernel.startswith("linear"):
        print(f"{kernel:<18} {shape:<18} {figure['microseconds']:>9.1f} us  {figure['gigabytes_per_second']:>8.1f} GB/s  {figure['gigaflops']:>9.1f} GFLOP/s")
for each in lines("steps.jsonl"):
    path = folder / f"batch-{each['batch']}.json"
    if not has_ended(path):
        continue
    run = json.loads(path.read_text())
    step, rate = run["median_step_ms"], run["completion_tokens_per_second"]
    print(
        f"batch {each['batch']:>3}  step {step:6.2f} ms  eager {each['eager_milliseconds']:6.2f} ({each['eager_milliseconds'] / step:4.2f})"
        f"  graph {each['graph_milliseconds']:6.2f} ({each['graph_milliseconds'] / step:4.2f}), at the answer's beginning {each['first_graph_milliseconds']:6.2f}"
        f"  job {rate:8.1f} tokens/s  eager {each['eager_output_tokens_per_second']:8.1f} ({rate / each['eager_output_tokens_per_second']:4.2f})")
for cache in ("naive", "paged"):
    path = folder / f"sharegpt-{cache}.json"
    if has_ended(path):
        run = json.loads(path.read_text())
        print(f"sharegpt {cache}: {run['peak_sequences']} at once, {run['completion_tokens_per_second']:.1f} output tokens/s, {100 * run['average_kv_cache_waste']:.1f} % wasted")
