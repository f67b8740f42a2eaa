#!/usr/bin/env python3
"""ncnn's inference on demand (started by bench_peer.py; bench_peer_serve.py: requests, answers).

The network comes from PyTorch's by way of pnnx, ncnn's converter, in float32 throughout. Layouts: batched (all images in
one blob) and by-image (one after the other). ncnn chooses its kernels from what the CPU has and takes no limit.
"""
import os
import subprocess
import tempfile

import bench_peer_check as check
from bench_peer_serve import missing, serve

try:
    import ncnn
    import pnnx
except ImportError:
    missing("ncnn pnnx")

HALF = ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_packed", "bf16_storage")


def converted(net, image, threads):
    import torch

    with tempfile.TemporaryDirectory() as folder:
        torch.jit.trace(net, image).save(os.path.join(folder, "net.pt"))
        shape = ",".join(str(s) for s in image.shape)
        subprocess.run([pnnx.EXEC_PATH, "net.pt", f"inputshape=[{shape}]", "fp16=0"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        found = ncnn.Net()
        found.opt.num_threads = threads
        for name in HALF:
            setattr(found.opt, "use_" + name, False)
        if found.load_param(os.path.join(folder, "net.ncnn.param")) or found.load_model(os.path.join(folder, "net.ncnn.bin")):
            raise RuntimeError("pnnx made no network that ncnn can read")
    return found


def prepare(request):
    import numpy
    import torch

    import bench_peer_nets as nets

    net, parameters = nets.of_arrays(request, "stepped")
    x = check.images(request["arrays"])
    found = converted(net.eval(), torch.from_numpy(x[:1]), request["threads"])
    batched = request["layout"] == "batched"
    blobs = [ncnn.Mat(x, batch_index=0).clone()] if batched else [ncnn.Mat(image).clone() for image in x]

    def step():
        answers = []
        for blob in blobs:
            extractor = found.create_extractor()
            extractor.input("in0", blob)
            answers.append(extractor.extract("out0")[1])
        return answers

    logits = [answer.numpy(batch_index=0) if batched else numpy.array(answer) for answer in step()]
    errors = check.of_logits(request["arrays"], logits[0] if batched else numpy.stack(logits))
    return step, {"parameters": parameters, "errors": errors}


serve({"version": ncnn.__version__}, prepare)
