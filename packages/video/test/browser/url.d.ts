declare module "*.mp4?url" {
  const address: string
  export default address
}
