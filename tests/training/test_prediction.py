"""Image files become what the network was trained on."""

import numpy as np
import pytest
from PIL import Image

from minode.nn import models
from minode.training import evaluation
from minode.training.prediction import predict, read_image
from minode.training.train_run import train
from tests import tiny

DIGIT = np.rint(255 * tiny.dataset().test.x[0, :, :, 0]).astype(np.uint8)


@pytest.fixture
def png(tmp_path):
    Image.fromarray(DIGIT).save(tmp_path / "digit.png")
    return tmp_path / "digit.png"


def test_an_image_of_28x28_is_taken_pixel_by_pixel(png):
    x = read_image(png, 1)[0]
    assert (x.shape, x.dtype) == ((28, 28, 1), np.float32)
    np.testing.assert_array_equal(x[:, :, 0], DIGIT.astype(np.float32) / 255)


def test_inverting_exchanges_black_and_white(png):
    np.testing.assert_allclose(read_image(png, 1, invert=True)[0], 1 - read_image(png, 1)[0], atol=1e-7)


def test_large_images_are_resized(tmp_path):
    Image.fromarray(DIGIT).resize((112, 112), Image.Resampling.NEAREST).save(tmp_path / "large.png")
    x, size = read_image(tmp_path / "large.png", 1)
    assert size == (112, 112)
    np.testing.assert_allclose(x[4:-4, 4:-4, 0], DIGIT[4:-4, 4:-4] / 255, atol=0.3)


@pytest.mark.parametrize("channels", [1, 3])
def test_colours_become_the_networks_channels(tmp_path, channels):
    Image.new("RGB", (28, 28), (255, 0, 51)).save(tmp_path / "red.png")
    pixel = read_image(tmp_path / "red.png", channels)[0][5, 5]
    expected = [0.299 + 0.2 * 0.114] if channels == 1 else [1, 0, 0.2]
    np.testing.assert_allclose(pixel, expected, atol=1 / 255)


@pytest.mark.parametrize("damage", ["missing", "truncated", "text", "folder", "16 bits"])
def test_what_cannot_be_read_is_named(png, damage):
    path = png.with_name(f"{damage}.png")
    if damage == "truncated":
        path.write_bytes(png.read_bytes()[:200])
    elif damage == "text":
        path.write_text("no image")
    elif damage == "folder":
        path.mkdir()
    elif damage == "16 bits":
        Image.fromarray(DIGIT.astype(np.uint16) * 257).save(path)
    with pytest.raises(ValueError, match=f"cannot read the image .*{damage}.png': .") as refused:
        read_image(path, 1)
    assert "\n" not in str(refused.value)


def test_predictions_are_the_two_most_probable_classes(png, tmp_path, monkeypatch):
    tiny.install(monkeypatch.setattr)
    train(tmp_path / "run", tiny.GIVEN | {"epochs": 1})
    best = evaluation.load_best(tmp_path / "run")
    (prediction,) = predict(best, [png])
    z = models.build("mlp").apply(best.params, read_image(png, 1)[0][None])[0]
    probabilities = np.exp(z) / np.exp(z).sum()
    first, second = np.argsort(probabilities)[::-1][:2]
    assert prediction.path == png
    assert prediction.class_names == (str(first), str(second))
    np.testing.assert_allclose(prediction.probabilities, probabilities[[first, second]], rtol=1e-4)
