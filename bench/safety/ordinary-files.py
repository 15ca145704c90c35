"""Writes what libraries write, for counting false alarms: python3 bench/safety/ordinary-files.py FOLDER, then `modelgate scan FOLDER`.

Every estimator of scikit-learn, fitted where some simple data fit it, by pickle and by joblib with each packing; every layer, optimizer and
data type of PyTorch, in both forms of its files; arrays of NumPy and SciPy; pandas where it is installed; HDF5.
"""
import io
import itertools
import pickle
import sys
import warnings
from pathlib import Path

import h5py
import joblib
import numpy as np
import scipy.sparse
import scipy.stats
import sklearn.preprocessing
import torch
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils import all_estimators

warnings.filterwarnings('ignore')
FOLDER = Path(sys.argv[1])
PACKINGS = itertools.cycle([0, ('zlib', 3), ('gzip', 3), ('bz2', 3), ('lzma', 3), ('xz', 3)])


def place(kind, name):
    (FOLDER / kind).mkdir(parents=True, exist_ok=True)
    return FOLDER / kind / name


def pickled(kind, name, value):
    for protocol in (2, 4):
        place(kind, f'{name}-{protocol}.pkl').write_bytes(pickle.dumps(value, protocol))
    joblib.dump(value, place(kind, f'{name}.joblib'), compress=next(PACKINGS))


def checkpoint(kind, name, value):
    for suffix, is_zip in (('pt', True), ('pth', False)):
        whole = io.BytesIO()
        try:
            torch.save(value, whole, _use_new_zipfile_serialization=is_zip)
        except Exception:
            continue  # what PyTorch itself cannot write
        place(kind, f'{name}.{suffix}').write_bytes(whole.getvalue())


def made(cls, choices):
    for arguments in choices:
        try:
            return cls(*arguments)
        except Exception:
            continue
    return None


def estimators():
    x, y = make_classification(60, 6, random_state=0)
    targets, values = make_regression(60, 6, random_state=0)
    data = [(x, y), (np.abs(x), y), (targets, values), (x,), (targets, np.c_[values, values]), (x, np.c_[y, y]), (np.abs(x[:, 0]), y), (['a b', 'c d'] * 30, y), ([{'a': 1}, {'b': 2}],)]
    named = [('a', LogisticRegression()), ('b', LogisticRegression())]
    choices = [(), (LogisticRegression(),), (Ridge(),), (LogisticRegression(), {'C': [0.1, 1]}), (named,), ([('a', Ridge()), ('b', Ridge())],), ([('a', sklearn.preprocessing.StandardScaler(), [0])],), (np.eye(6),)]
    for name, cls in all_estimators():
        for one in (made(cls, [arguments]) for arguments in choices):
            if one is not None and any(is_fitted(one, arguments) for arguments in data):
                yield name, one
                break


def is_fitted(estimator, arguments):
    try:
        estimator.fit(*arguments)
        return True
    except Exception:
        return False


for name, estimator in estimators():
    pickled('sklearn', name, estimator)
for name in ('randint', 'norm', 'uniform', 'loguniform', 'poisson'):
    pickled('scipy', name, getattr(scipy.stats, name)(1, 5) if name != 'poisson' else scipy.stats.poisson(1))
for form in ('csr', 'csc', 'coo', 'lil', 'dok', 'bsr', 'dia'):
    pickled('scipy', form, getattr(scipy.sparse, f'{form}_matrix')(np.eye(3)))

LAYERS = [(), (2,), (3,), (4, 2), (3, 4, 3), (2, 2, 2), (1, 0), (2, 0.5), (None, 2), (0.1, 0), (8, 2, 16), (8, 2, 1, 1, 16), ((4, 4), 2), (1, (2, 2)), (4, 6, [2, 4]), ([torch.nn.ReLU()],), ({'a': torch.nn.ReLU()},)]
for name in dir(torch.nn):
    cls = getattr(torch.nn, name)
    layer = made(cls, LAYERS) if isinstance(cls, type) and issubclass(cls, torch.nn.Module) else None
    if layer is not None:
        checkpoint('torch-layers', name, layer)
net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
for name in ('Adam', 'AdamW', 'SGD', 'RMSprop', 'Adagrad', 'Adadelta', 'Adamax', 'NAdam', 'RAdam', 'ASGD', 'Rprop'):
    optimizer = getattr(torch.optim, name)(net.parameters(), lr=0.1)
    checkpoint('torch-training', name, {'epoch': 3, 'model': net.state_dict(), 'optimizer': optimizer.state_dict(), 'random': np.random.get_state()})
    checkpoint('torch-training', f'{name}-whole', optimizer)
for name in ('float16', 'bfloat16', 'float32', 'float64', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool', 'complex64'):
    checkpoint('torch-tensors', name, torch.zeros(2, 3, dtype=getattr(torch, name)))
for name, tensor in (('sparse', torch.eye(3).to_sparse()), ('quantized', torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)), ('view', torch.ones(3, 3)[1])):
    checkpoint('torch-tensors', name, tensor)

for name, array in {'numbers': np.zeros((3, 4)), 'objects': np.array([1, 'x', None, {'a': 1}], dtype=object), 'texts': np.array(['a', 'bc']), 'records': np.zeros(3, [('a', 'f4'), ('b', 'O')]), 'big-endian': np.zeros(3, '>f4'), 'fortran': np.zeros((2, 3), order='F'), 'dates': np.array(['2020'], 'M8[D]')}.items():
    np.save(place('numpy', f'{name}.npy'), array)
    np.savez(place('numpy', f'{name}.npz'), a=array, b=array)
    np.savez_compressed(place('numpy', f'{name}-packed.npz'), a=array)
    pickled('numpy', name, array)
for version in ('earliest', 'latest'):
    with h5py.File(place('hdf5', f'{version}.h5'), 'w', libver=version) as file:
        file.create_dataset('a/b', data=np.zeros((3, 4)), chunks=True, compression='gzip')
        file.create_dataset('texts', data=['a', 'b'], dtype=h5py.string_dtype())
        file.attrs['title'] = 'text'

try:
    import pandas
except ImportError:
    print('pandas is not installed, so there is none of its files.')
else:
    table = pandas.DataFrame({'a': [1, 2, 3], 'b': list('xyz'), 'c': pandas.Categorical(list('aba')), 'd': pandas.date_range('2020', periods=3, tz='UTC'), 'e': [1.0, None, 2.0]})
    for name, value in {'table': table, 'column': table.b, 'index': table.set_index(['a', 'b']).index, 'intervals': pandas.interval_range(0, 3), 'periods': pandas.period_range('2020', periods=3, freq='M'), 'integers': pandas.array([1, None], dtype='Int64')}.items():
        pickled('pandas', name, value)
print(sum(1 for one in FOLDER.rglob('*') if one.is_file()), 'files')
