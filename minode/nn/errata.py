"""What the thesis' tables of layers leave out or get wrong, by model."""

_NODE_ERRATA = (
    "Table 4.1: the 4x4/2 convolutions pad by 1, which is how 26 pixels become 13 and then 6.",
    "Table 4.2: a second ReLU follows the second normalisation, and the convolutions see t as one more channel.",
)
_RESNET_ERRATA = (
    "Table 4.3: the 1x1/2 shortcut stands beside the 3x3/2 path, both on relu(norm(x)), and not before it. The maps "
    "are 26 -> 13 -> 7, and the six blocks work on 7x7x64 where the table prints 2x2x64.",
    "Tables 4.3 and 4.4: a second ReLU follows the second normalisation of each block.",
    "Unlike the downsampling of the NODE, convolutions of residual blocks have no bias.",
)
ERRATA = {"node": _NODE_ERRATA, "rknet": _NODE_ERRATA, "resnet": _RESNET_ERRATA}
