"""Hare and lynx in Canada: pelts that the Hudson's Bay Company bought, 1900-1920.

The numbers are those of the case studies of Howard (*Modeling Basics*, lecture notes for Math 442, Texas A&M University
2009), Mahaffy (*Lotka-Volterra Models*, lecture notes for Math 636, San Diego State University 2009) and Carpenter
(*Predator-Prey Population Dynamics*, Stan case studies 2018), who trace them to Hewitt (*The Conservation of the Wild
Life of Canada*, 1921). Pelts are not animals: how many are trapped depends on prices and trappers, too.
"""

import numpy as np

from minode.base.types import Array

_HARE = "30 47.2 70.2 77.4 36.3 20.6 18.1 21.4 22 25.4 27.1 40.3 57 76.6 52.3 19.5 11.2 7.6 14.6 16.2 24.7"
_LYNX = "4 6.1 9.8 35.2 59.4 41.7 19 13 8.3 9.1 7.4 8 12.3 19.5 45.7 51.1 29.7 15.8 9.7 10.1 8.6"


def hare_and_lynx() -> tuple[Array, Array]:
    """Pelts of snowshoe hare and Canadian lynx.

    Returns
    -------
    year : array, shape (21,)
        1900 to 1920.
    pelts : array, shape (21, 2)
        Thousands of hare and of lynx.
    """
    return np.arange(1900.0, 1921.0), np.stack([np.array(row.split(), float) for row in (_HARE, _LYNX)], axis=1)
