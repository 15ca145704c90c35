import boosting from './names/allow-boosting.json' with { type: 'json' };
import joblib from './names/allow-joblib.json' with { type: 'json' };
import keras from './names/allow-keras.json' with { type: 'json' };
import networkx from './names/allow-networkx.json' with { type: 'json' };
import numpy from './names/allow-numpy.json' with { type: 'json' };
import pandas from './names/allow-pandas.json' with { type: 'json' };
import python from './names/allow-python.json' with { type: 'json' };
import scipy from './names/allow-scipy.json' with { type: 'json' };
import sklearn from './names/allow-sklearn.json' with { type: 'json' };
import statsmodels from './names/allow-statsmodels.json' with { type: 'json' };
import torch from './names/allow-torch.json' with { type: 'json' };
import transformers from './names/allow-transformers.json' with { type: 'json' };
import dangerous from './names/dangerous.json' with { type: 'json' };
import frameworks from './names/frameworks.json' with { type: 'json' };
import python2 from './names/python2-names.json' with { type: 'json' };
import standardLibrary from './names/standard-library.json' with { type: 'json' };

/** Names of one or several modules that may be in a model file, and why. */
export interface AllowEntry {
  readonly modules: readonly string[];
  /** `classes`: every name that is written like a class. A name may end with `*` or begin with it. */
  readonly names: 'any' | 'classes' | readonly string[];
  /** Whether modules below count too. */
  readonly submodules?: boolean;
  /** Names that are written like classes and that the modules only import from elsewhere. */
  readonly excluding?: readonly string[];
  /** `reference`: may be kept, and is a finding where it is called. `instance`: may be made without its initializer and given its state; its initializer opens what it is given. */
  readonly use?: 'reference' | 'instance';
  readonly reason: string;
}

export interface AllowList {
  readonly framework: string;
  readonly version: string;
  readonly checkedAgainst: string;
  readonly entries: readonly AllowEntry[];
}

export interface DangerousEntry {
  readonly modules: readonly string[];
  readonly names: 'any' | readonly string[];
  readonly submodules?: boolean;
  /** What it does: "runs commands". */
  readonly what: string;
  readonly cwe: string;
  readonly cve?: string;
}

/** What pickles may name. */
export const ALLOW_LISTS = [python, numpy, scipy, sklearn, joblib, torch, pandas, boosting, transformers, networkx, statsmodels] as readonly AllowList[];
/** What configurations of Keras may name, which are no pickles: their classes are looked up and made in another way. */
export const KERAS_LISTS = [keras] as readonly AllowList[];
export const DANGEROUS = dangerous.entries as readonly DangerousEntry[];
export const STANDARD_LIBRARY: ReadonlySet<string> = new Set(standardLibrary.modules);
export const FRAMEWORKS: ReadonlySet<string> = new Set(frameworks.modules);
/** What Python 3 takes a Python 2 name for. */
export const PYTHON2_MODULES: ReadonlyMap<string, string> = new Map(Object.entries(python2.modules));
export const PYTHON2_NAMES: ReadonlyMap<string, string> = new Map(Object.entries(python2.names));
