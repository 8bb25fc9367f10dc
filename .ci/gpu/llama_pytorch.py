"""The forward pass of Llama 3 8B in PyTorch, for comparison: random bfloat16 weights, a contiguous cache, matmul and scaled_dot_product_attention.

python3 llama_pytorch.py matmul    the linear layers alone, each in a CUDA graph, over copies that exceed the cache
python3 llama_pytorch.py steps     decode steps, eager and as a CUDA graph, and whole jobs, at batches 1 to 256, or those of PAGED_GPU_BATCHES
Each prints one JSON object a line. Times are medians of several repetitions.
"""
import json
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as functional

HIDDEN, LAYERS, HEADS, KV_HEADS, HEAD_DIM, INNER, VOCABULARY = 4096, 32, 32, 8, 128, 14336, 128256
SHAPES = {
    "query, key, value": ((HEADS + 2 * KV_HEADS) * HEAD_DIM, HIDDEN),
    "attention output": (HIDDEN, HIDDEN),
    "gate and up": (2 * INNER, HIDDEN),
    "down": (HIDDEN, INNER),
    "output": (VOCABULARY, HIDDEN),
}
PROMPT, ANSWER = 512, 256
BATCHES = [int(batch) for batch in os.environ.get("PAGED_GPU_BATCHES", "1 8 16 32 64 128 256").split()]


def say(**figures):
    print(json.dumps(figures), flush=True)


def weight(columns, inputs):
    return torch.randn(columns, inputs, device="cuda", dtype=torch.bfloat16).mul_(inputs**-0.5)


def seconds_of(work, repetitions=5):
    work()
    times = []
    for _ in range(repetitions):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        work()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) / 1e3)
    return statistics.median(times)


def graph_of(work):
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        work()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph


def measure_matmul():
    source = torch.randn(1 << 28, device="cuda", dtype=torch.float32)  # 1 GiB, read once
    say(what="read", gigabytes_per_second=source.numel() * 4 / seconds_of(source.sum) / 1e9)
    copy = torch.empty_like(source)
    say(what="copy", gigabytes_per_second=2 * source.numel() * 4 / seconds_of(lambda: copy.copy_(source)) / 1e9)
    del source, copy
    for name, (columns, inputs) in SHAPES.items():
        copies = [weight(columns, inputs) for _ in range(max(1, min(16, (512 << 20) // (2 * columns * inputs))))]
        for rows in (1, 8, 16, 32, 64, 128, 256, 1024, 4096):
            if name == "output" and rows > 256:
                continue
            input = torch.randn(rows, inputs, device="cuda", dtype=torch.bfloat16)
            output = torch.empty(rows, columns, device="cuda", dtype=torch.bfloat16)
            graph = graph_of(lambda: [torch.mm(input, copy.t(), out=output) for copy in copies])
            say(what="matmul", layer=name, rows=rows, microseconds=seconds_of(graph.replay) * 1e6 / len(copies))


class Llama:
    def __init__(self):
        self.layers = [{name: weight(*shape) for name, shape in SHAPES.items() if name != "output"} for _ in range(LAYERS)]
        self.output = weight(*SHAPES["output"])
        self.embedding = weight(VOCABULARY, HIDDEN)
        self.norm = torch.ones(HIDDEN, device="cuda", dtype=torch.bfloat16)
        frequencies = 500000.0 ** (-torch.arange(0, HEAD_DIM, 2, device="cuda").float() / HEAD_DIM)
        angles = torch.outer(torch.arange(PROMPT + ANSWER + 1, device="cuda").float(), frequencies)
        self.cosines, self.sines = angles.cos(), angles.sin()

    def rotate(self, heads, positions):  # heads: [batch, token, head, HEAD_DIM]
        cosine, sine = self.cosines[positions][None, :, None], self.sines[positions][None, :, None]
        first, second = heads.float().chunk(2, dim=-1)
        return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1).to(torch.bfloat16)

    def forward(self, tokens, positions, cache, length, mask=None):
        """tokens: [batch, token]; cache: [layer, key or value, batch, head, position, HEAD_DIM]; gives the next token of each row."""
        batch, count = tokens.shape
        hidden = self.embedding[tokens]
        for weights, (keys, values) in zip(self.layers, cache):
            normed = functional.rms_norm(hidden, (HIDDEN,), self.norm, 1e-5)
            heads = (normed @ weights["query, key, value"].t()).view(batch, count, HEADS + 2 * KV_HEADS, HEAD_DIM)
            query, key, value = heads.split((HEADS, KV_HEADS, KV_HEADS), dim=2)
            query, key = self.rotate(query, positions).transpose(1, 2), self.rotate(key, positions).transpose(1, 2)
            keys.index_copy_(2, positions, key)
            values.index_copy_(2, positions, value.transpose(1, 2))
            attended = functional.scaled_dot_product_attention(
                query, keys[:, :, :length], values[:, :, :length], attn_mask=mask, is_causal=count > 1, enable_gqa=True)
            hidden = hidden + attended.transpose(1, 2).reshape(batch, count, HIDDEN) @ weights["attention output"].t()
            gate, up = (functional.rms_norm(hidden, (HIDDEN,), self.norm, 1e-5) @ weights["gate and up"].t()).chunk(2, dim=-1)
            hidden = hidden + (functional.silu(gate) * up) @ weights["down"].t()
        last = functional.rms_norm(hidden[:, -1], (HIDDEN,), self.norm, 1e-5)
        return (last @ self.output.t()).argmax(-1, keepdim=True)


@torch.inference_mode()
def measure_steps():
    model = Llama()
    for batch in BATCHES:
        cache = torch.zeros(LAYERS, 2, batch, KV_HEADS, PROMPT + ANSWER, HEAD_DIM, device="cuda", dtype=torch.bfloat16)
        prompts = torch.randint(VOCABULARY, (batch, PROMPT), device="cuda")
        everywhere = torch.arange(PROMPT, device="cuda")
        at_once = min(batch, 16)  # sequences of a prefill, so that the gate's activations stay small

        def prefill():
            for first in range(0, batch, at_once):
                rows = slice(first, first + at_once)
                model.forward(prompts[rows], everywhere, cache[:, :, rows], PROMPT)

        prefill_seconds = seconds_of(prefill, 1)
        token, position = prompts[:, :1].clone(), torch.tensor([PROMPT], device="cuda")

        def step(length=PROMPT + 1):
            return model.forward(token, position, cache, length)

        for _ in range(3):
            step()
        torch.cuda.synchronize()
        begin = time.perf_counter()
        for _ in range(4):
            step().cpu()
        eager = (time.perf_counter() - begin) / 4
        graph = seconds_of(graph_of(step).replay)
        # In the middle of the answer, where the median step of a whole job is.
        middle = PROMPT + ANSWER // 2
        position.fill_(middle)
        middle_graph = seconds_of(graph_of(lambda: step(middle + 1)).replay)
        # The whole job, eager: a step's host work, which is its limit, does not grow with the position.
        say(
            what="step", batch=batch, prompt=PROMPT, eager_milliseconds=eager * 1e3, graph_milliseconds=middle_graph * 1e3,
            first_graph_milliseconds=graph * 1e3, prefill_milliseconds=prefill_seconds * 1e3, eager_output_tokens_per_second=batch * ANSWER / (prefill_seconds + ANSWER * eager))
        del cache


if __name__ == "__main__":
    torch.manual_seed(0)
    {"matmul": measure_matmul, "steps": measure_steps}[sys.argv[1]]()
