#!/usr/bin/env python3
"""OpenVINO's inference on demand (started by bench_peer.py; bench_peer_serve.py: requests, answers).

The network comes from PyTorch's. Its CPU kernels choose bf16 by themselves where the CPU has it, so the precision is
named: f32 in the mode openvino, bf16 in openvino-bf16.
"""
import bench_peer_check as check
from bench_peer_serve import missing, serve

try:
    import openvino
except ImportError:
    missing("openvino")


def kernels(compiled):
    """Names of the kernels in use: brgconv_avx512_f32, ..."""
    types = [op.get_rt_info()["primitiveType"] for op in compiled.get_runtime_model().get_ops()]
    return {t if isinstance(t, str) else t.astype(str) for t in types}


def prepare(request):
    import torch

    import bench_peer_nets as nets

    net, parameters = nets.of_arrays(request, "stepped")
    x = check.images(request["arrays"])
    model = openvino.convert_model(net.eval(), example_input=torch.from_numpy(x), input=[x.shape])
    precision = "bf16" if request["mode"] == "openvino-bf16" else "f32"
    compiled = openvino.Core().compile_model(model, "CPU", {
        "INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": request["threads"], "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": False})
    used = kernels(compiled)
    if request["isa"] == "avx2" and any("avx512" in name for name in used):
        raise RuntimeError("this version uses AVX-512 in spite of OV_CPU_MAX_ISA and ONEDNN_MAX_CPU_ISA")
    if precision == "bf16" and not any("bf16" in name for name in used):
        raise RuntimeError("no bf16 kernels on this CPU")
    asked = compiled.create_infer_request()
    asked.set_input_tensor(openvino.Tensor(x, shared_memory=True))
    asked.infer()
    errors = check.of_logits(request["arrays"], asked.get_output_tensor().data)
    return asked.infer, {"parameters": parameters, "errors": errors}


serve({"version": openvino.__version__.split("-")[0]}, prepare)
