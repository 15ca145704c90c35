/** Packages and folders of diffusers' pipelines that a list of components names in the ordinary run of things: no file of theirs lies beside the model. */
const INSTALLED: ReadonlySet<string> = new Set(['diffusers', 'transformers', 'flax', 'onnxruntime', 'optimum', 'k_diffusion', 'peft', 'torch']);

/** Folders of `diffusers.pipelines` (0.35) whose own classes are components: safety checkers, projections, encoders. */
const PIPELINES = /^(?:alt_diffusion|audio_diffusion|audioldm2?|blip_diffusion|controlnet|deepfloyd_if|hunyuandit|hunyuan_video|kandinsky\w*|kolors|latent_diffusion|ltx|musicldm|paint_by_example|pixart_alpha|semantic_stable_diffusion|shap_e|spectrogram_diffusion|stable_audio|stable_cascade|stable_diffusion\w*|unclip|unidiffuser|versatile_diffusion|wuerstchen)$/;

/** Whether the library of a pipeline's component is one that is installed, and not a module that the model brings. */
export function isPipelineLibrary(library: string): boolean {
  return INSTALLED.has(library) || PIPELINES.test(library);
}
