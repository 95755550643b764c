// Waveforms: how loud a recording is over its length, in few numbers.

export const BARS = 64;
const LOUDEST = 100;

/**
 * The peak of each of BARS parts, as whole numbers; the loudest is 100.
 *
 * @param {Float32Array} samples from -1 to 1
 */
export function waveformOf(samples) {
  const count = Math.min(BARS, samples.length);
  const peaks = Array.from({ length: count }, (_, bar) => {
    const part = samples.subarray(Math.floor(bar * samples.length / count), Math.floor((bar + 1) * samples.length / count));
    return part.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  });
  const most = Math.max(0, ...peaks);
  return peaks.map((each) => (most ? Math.round(LOUDEST * each / most) : 0));
}
