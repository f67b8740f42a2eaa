"""Write results files as fal_hpc does (docs/formats.md), with numbers that are made up: for tests of fal_report.

    make_results.py FOLDER [--settings 38] [--strategies 7] [--seeds 4] [--rounds 10] [--clients 4] [--classes 10]

As a module: write(path, setting, strategy, seed, ...) makes one file, results(...) the numbers in it.
"""
import argparse
import hashlib
import os

import h5py
import numpy

STRATEGIES = ["random", "logo", "entropy:global", "entropy:local", "coreset:global", "badge:local", "ensemble-logit",
              "ensemble-rank", "finetuning:entropy"]
ROUNDS = [(n, "<i8") for n in ("al_round", "labelled")] + [(n, "<f8") for n in (
    "labelled_share", "test_accuracy", "test_accuracy_last", "test_accuracy_best", "test_loss", "train_loss",
    "local_emd_labelled", "local_emd_query", "global_emd_labelled", "global_emd_query", "m_transport", "selector_overlap",
    "train_seconds", "local_only_seconds", "embed_seconds", "select_seconds", "evaluate_seconds", "communicate_seconds",
    "io_seconds", "round_seconds", "overhead_seconds")] + [("sent_bytes", "<i8")]
FL_ROUNDS = [("al_round", "<i8"), ("fl_round", "<i8"), ("learning_rate", "<f8"), ("train_loss", "<f8"),
             ("test_accuracy", "<f8"), ("seconds", "<f8")]
CLIENTS = [(n, "<i8") for n in ("al_round", "client", "pool", "labelled", "queried")] + [
    (n, "<f8") for n in ("train_loss", "test_accuracy", "local_only_accuracy")] + [("local_only_epochs", "<i8")] + [
    (n, "<f8") for n in ("emd_labelled", "emd_query", "m_transport", "selector_overlap", "local_only_seconds",
                         "embed_seconds", "select_seconds")]
QUERIES = [(n, "<i8") for n in ("al_round", "client", "order", "image", "label")] + [("score", "<f8"), ("cluster", "<i8"),
                                                                                ("score_global", "<f8"), ("score_local", "<f8")]
FL, TESTED, BUDGET, HELD = 8, 40, 4, 200  # FL rounds, test images per class, labels per client and AL round, pool


def emd(counts):
    """Distance from uniform along the last axis; NaN of nothing."""
    total = counts.sum(-1, keepdims=True)
    with numpy.errstate(invalid="ignore"):
        return abs(counts / total - 1 / counts.shape[-1]).sum(-1) / 2


def results(setting, strategy, seed, rounds=10, clients=4, classes=10):
    """Arrays of a trial. Pools depend on setting and seed only, as they do in real trials."""
    name = lambda *parts: int.from_bytes(hashlib.sha256("/".join(map(str, parts)).encode("utf-8", "replace")).digest()[:8], "big")
    shared, own = (numpy.random.default_rng(name(*parts)) for parts in ((setting, seed), (setting, strategy, seed)))
    skill = numpy.random.default_rng(name(strategy)).random()
    pool = shared.multinomial(HELD, shared.dirichlet(numpy.full(classes, 0.5)), size=clients)
    pool[:, 0] += rounds * BUDGET
    r = numpy.arange(1, rounds + 1)
    query = own.multinomial(BUDGET, shared.dirichlet(numpy.full(classes, 2)), size=(rounds, clients))
    labelled = query.cumsum(0)
    level = 0.3 + 0.4 * (1 - numpy.exp(-r / 4)) + 0.02 * skill * (r > 1)
    tells = numpy.clip(level[:, None] + 0.15 * own.standard_normal((rounds, classes)), 0, 1)
    hits = numpy.round(tells * TESTED)
    hits[0] = numpy.round(numpy.clip(0.3 + 0.1 * shared.standard_normal(classes), 0, 1) * TESTED)
    confusion = numpy.stack([own.multinomial(TESTED - int(h), numpy.full(classes, 1 / classes)) for h in hits[-1]])
    confusion[numpy.arange(classes), numpy.arange(classes)] += hits[-1].astype(int)
    table = numpy.zeros(rounds, ROUNDS)
    table["al_round"], table["labelled"] = r, labelled.sum((1, 2))
    table["labelled_share"] = table["labelled"] / pool.sum()
    table["test_accuracy_last"] = table["test_accuracy_best"] = hits.mean(1) / TESTED
    table["test_accuracy"] = numpy.round(level + 0.01 * own.standard_normal(rounds), 4)
    table["test_accuracy"][0] = round(0.3 + 0.02 * shared.random(), 4)
    table["test_loss"], table["train_loss"] = 2 / r, 0.05 + 0.2 * own.random(rounds)
    table["local_emd_labelled"], table["local_emd_query"] = emd(labelled).mean(1), emd(query).mean(1)
    table["global_emd_labelled"], table["global_emd_query"] = emd(labelled.sum(1)), emd(query.sum(1))
    table["m_transport"] = own.random(rounds) if strategy == "logo" else numpy.nan
    table["selector_overlap"] = own.random(rounds) if strategy == "logo" else numpy.nan
    for column in ROUNDS[14:-1]:
        table[column[0]] = own.random(rounds)
    table["sent_bytes"] = 1000 * r
    fl = numpy.zeros(rounds * FL, FL_ROUNDS)
    fl["al_round"], fl["fl_round"] = numpy.repeat(r, FL), numpy.tile(numpy.arange(1, FL + 1), rounds)
    fl["train_loss"] = 1 / fl["fl_round"]
    each = numpy.zeros(rounds * clients, CLIENTS)
    each["al_round"], each["client"] = numpy.repeat(r, clients), numpy.tile(numpy.arange(clients), rounds)
    each["labelled"], each["queried"] = labelled.sum(2).ravel(), BUDGET
    each["train_loss"] = 0.05 + 0.1 * own.random(rounds * clients)
    bought = numpy.zeros(rounds * clients * BUDGET, QUERIES)
    bought["al_round"], bought["client"] = numpy.repeat(r, clients * BUDGET), numpy.tile(numpy.repeat(numpy.arange(clients), BUDGET), rounds)
    bought["order"], bought["image"] = numpy.tile(numpy.arange(BUDGET), rounds * clients), own.permutation(len(bought))
    bought["label"] = numpy.repeat(numpy.tile(numpy.arange(classes), rounds * clients), query.ravel())
    return {"rounds": table, "fl_rounds": fl, "clients": each, "queries": bought, "pool_counts": pool,
            "labelled_counts": labelled, "query_counts": query, "class_accuracy": hits / TESTED,
            "balanced_accuracy": hits.mean(1) / TESTED, "confusion": confusion,
            "first_round/local_only_class_accuracy": own.random((clients, classes)),
            "first_round/global_class_accuracy": hits[0] / TESTED}


def write(path, setting, strategy, seed, parameters=None, class_names=None, status="complete", attributes=None, **sizes):
    """One results file. `attributes`: more of the root's, or others."""
    arrays = results(setting, strategy, seed, **sizes)
    classes = arrays["class_accuracy"].shape[1]
    dataset = setting.split("_")[0] if isinstance(setting, str) else "data"
    data = {f"dataset_{part}_sha256": hashlib.sha256(f"{dataset} {part}".encode("utf-8", "replace")).hexdigest()
            for part in ("train_images", "train_labels", "test_images", "test_labels")}
    with h5py.File(path, "w") as f:
        f.attrs.update({"fal_format": "results", "fal_version": numpy.int64(1), "setting": setting, "strategy": strategy,
                        "seed": numpy.int64(seed), "status": status, **data, **(attributes or {})})
        f.attrs["identity_class_names"] = class_names or [f"class {c}" for c in range(classes)]
        for name, values in arrays.items():
            f[name] = values
        group = f.create_group("model")  # what the page reads of it
        group.attrs.update(channels=numpy.int64(3), mean=numpy.full(3, 0.5, "f4"), std=numpy.full(3, 0.25, "f4"))
        f.create_group("parameters").attrs.update({"alpha": 0.1, "rho": 1.0, "clients": numpy.int64(4), "strategy": strategy,
                                                   **(parameters or {})})
        f.create_group("run").attrs.update({"ranks": numpy.int64(2), "threads_per_rank": numpy.int64(1), "hosts": "node01",
                                            "program_version": "0.2.0", "git_commit": "0123456789ab",
                                            "first_start": "2025-01-01T00:00:00Z"})


def settings(count):
    """[(name, parameters)]: the defaults, one parameter changed, two changed; of several data sets."""
    varied = [{}] + [{"alpha": a} for a in (0.5, 1.0, 10.0)] + [{"rho": r} for r in (5.0, 10.0, 20.0)] + [
        {"clients": numpy.int64(c)} for c in (20, 50)] + [{"alpha": 1.0, "rho": 20.0}]
    made = []
    for dataset in ("cifar10", "svhn", "pathmnist", "organamnist", "dermamnist", "bloodmnist"):
        for changed in varied:
            made.append(("_".join([dataset] + [f"{k}-{v:g}" for k, v in sorted(changed.items())]), changed))
    return made[:count]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    for name, value in ("settings", 38), ("strategies", 7), ("seeds", 4), ("rounds", 10), ("clients", 4), ("classes", 10):
        parser.add_argument(f"--{name}", type=int, default=value)
    a = parser.parse_args()
    os.makedirs(a.folder, exist_ok=True)
    for setting, parameters in settings(a.settings):
        for strategy in STRATEGIES[:a.strategies]:
            for seed in range(1, a.seeds + 1):
                write(f"{a.folder}/{setting}_{strategy.replace(':', '-')}_s{seed}.h5", setting, strategy, seed, parameters,
                      rounds=a.rounds, clients=a.clients, classes=a.classes)


if __name__ == "__main__":
    main()
