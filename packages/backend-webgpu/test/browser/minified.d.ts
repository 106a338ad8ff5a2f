declare module "minified:everything" {
  export * as backend_webgpu from "@tubelet/backend-webgpu"
  export * as core from "@tubelet/core"
  export * as masking from "@tubelet/masking"
  export * as models from "@tubelet/models"
  export * as vit from "@tubelet/vit"
}

declare module "minified:testing" {
  export * from "@tubelet/core/testing"
}
