"""The protocol: which runs decide which claims, and by what test. It was written before the first of these runs.

The claim that one quantity is lower than another has three answers. It holds if the interval of the difference lies
below zero. It does not hold if that lies above zero, or if the difference is proven to be smaller than what would
matter, by two one-sided tests. It is undecided otherwise. `rule.less` is this rule, and the numbers beside a verdict
tell how large the difference is.

The pilots are runs of the default size, on record in ``figures/``, with seeds 0, 1 and 2. Their spread tells by `power`
how many seeds find what matters. No decision is made by them: deciding seeds begin with 10, and what matters, which was
named with the pilots in sight, is not held against them. The pilots' networks are trained less and tested on fewer
images, so that the spread will be smaller; by how much is not known. The number of seeds is what two cores can train,
ten where runs take minutes and five where they take longer; what they leave undecided is told with the number of seeds
that would decide it, by their own spread.

Figure 2.1, the cost of products and what goes beyond the thesis train networks of their own, in minutes. Their
decisions were added later, and before the first of their own deciding runs. Two sizes are not those of the pilots:
plain networks of 20 layers had not learned in 16 epochs, so that 24 are asked for, after a look at the training errors
of seed 0; and flows, whose default was cut from 400 updates to 250, get 600. Seeds of the Hamiltonian network, the
first to be run, differed more than its pilots; the flows, not yet run, were given eight seeds in place of five.

Three are looked at twice. Eight seeds of the Hamiltonian network (10 to 17) and 24 of the series (10 to 33) left a
claim of each undecided, and told how many seeds would decide it: 14 and 76. The second look, named after the first was
seen and before any of its own runs, has as many fresh seeds, and some more; none of the first is among them, and it
decides alone. Ten seeds (10 to 19) of Figure 2.5 left undecided what depth does to plain networks, since those of 32
layers did not learn; the second look, at ten fresh seeds, has 20 layers, which learn in Figure 2.1. What is looked at
twice is decided wrongly up to twice as often as by one test.
"""
