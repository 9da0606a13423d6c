"""A compiled process is shared: many threads run instances of it at the same moment."""

import random
from concurrent.futures import ThreadPoolExecutor


def test_instances_in_many_threads_do_not_touch_each_other(compiled, draw, now):
    several = (
        "<bpmn:multiInstanceLoopCharacteristics>"
        "<bpmn:loopDataInputRef>signers</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="signer"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    block = draw.node(
        "subProcess",
        "block",
        draw.node("startEvent", "bs")
        + draw.node("parallelGateway", "split")
        + draw.user("a")
        + draw.user("sign", extra=several)
        + draw.node("parallelGateway", "join")
        + draw.end("be")
        + draw.chain("bs", "split", "a", "join", "be")
        + draw.chain("split", "sign", "join"),
    )
    process = compiled(
        draw.file(
            draw.node("startEvent", "s"),
            block,
            draw.node("exclusiveGateway", "g", default="g_to_small"),
            draw.end("small"),
            draw.end("large"),
            draw.chain("s", "block", "g", "small"),
            draw.flow("f", "g", "large", "amount &gt; 5"),
        )
    )

    def live(seed):
        dice = random.Random(seed)  # noqa: S311 - no secret
        signers = [f"p{seed}_{n}" for n in range(1 + seed % 4)]
        advance = process.start({"amount": str(seed % 10), "signers": signers}, now, None)
        tasks = {task.key: task for task in advance.opened}
        assert sorted(t.item for t in tasks.values() if t.item) == sorted(signers)
        while tasks:
            key = dice.choice(sorted(tasks))
            advance = process.complete(advance.state, key, "pass", {}, now, None)
            assert advance.closed == (key,)
            del tasks[key]
        return advance.ended

    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(live, range(160)))

    assert ended == ["large" if seed % 10 > 5 else "small" for seed in range(160)]
