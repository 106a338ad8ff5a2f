import {
  type Backend,
  type DeviceArray,
  flatten,
  isSpec,
  mapTree,
  type Spec,
  sizeOf,
  type Tree,
} from "@tubelet/core"

/** A record of specs, with a device handle for each. */
export type Uploaded<T> = T extends Spec ? DeviceArray : { readonly [K in keyof T]: Uploaded<T[K]> }

type Uploads = Pick<Backend, "upload">

/** Runs `work`, which uploads to a backend; if it fails, everything it uploaded is freed. */
export function allOrNothing<T>(backend: Backend, work: (uploads: Uploads) => T): T {
  const handles: DeviceArray[] = []
  const fail = (error: unknown): never => {
    for (const handle of handles) handle.dispose()
    throw error
  }
  const upload: Backend["upload"] = (...given) => {
    const handle = backend.upload(...given)
    handles.push(handle)
    return handle
  }
  try {
    const done = work({ upload })
    return done instanceof Promise ? (done.catch(fail) as T) : done
  } catch (error) {
    return fail(error)
  }
}

/** Uploads zeros for a record of specs. */
export const zeros = <T>(backend: Backend, specs: T): Uploaded<T> =>
  allOrNothing(backend, (uploads) => zerosOf(uploads, specs))

export const zerosOf = <T>(uploads: Uploads, specs: T): Uploaded<T> =>
  mapTree<Spec, DeviceArray>(specs as Tree<Spec>, isSpec, (spec) =>
    uploads.upload(new Float32Array(sizeOf(spec.shape)), spec),
  ) as Uploaded<T>

/** Uploads a tensor for each spec, reading them by path, one at a time. */
export async function uploadedBy<T>(
  uploads: Uploads,
  specs: T,
  read: (path: string, spec: Spec) => Float32Array | Promise<Float32Array>,
): Promise<Uploaded<T>> {
  const tree = specs as Tree<Spec>
  const handles = new Map<string, DeviceArray>()
  for (const [path, spec] of flatten<Spec>(tree, isSpec)) {
    handles.set(path, uploads.upload(await read(path, spec), spec))
  }
  return mapTree<Spec, DeviceArray>(tree, isSpec, (_, path) => handles.get(path)!) as Uploaded<T>
}
