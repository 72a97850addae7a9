//! The contract.
pub mod wire;
#[cfg(test)]
mod gen_tmp {
    #[test]
    fn dump() {
        use crate::wire::*;
        let types = specta::Types::default()
            .register::<Trace>()
            .register::<ListTraces>()
            .register::<TracePage>()
            .register::<ListThreads>()
            .register::<ThreadPage>()
            .register::<GetTrace>()
            .register::<SearchTrace>()
            .register::<SearchTraceResult>()
            .register::<RunRef>()
            .register::<RunPanel>()
            .register::<ReadJson>()
            .register::<JsonWindow>()
            .register::<ReadText>()
            .register::<TextWindow>()
            .register::<AppInfo>()
            .register::<Project>()
            .register::<Source>()
            .register::<PathList>()
            .register::<Job>()
            .register::<ListRejects>()
            .register::<RejectPage>()
            .register::<RecentFile>()
            .register::<Settings>()
            .register::<EventEnvelope>()
            .register::<JobRef>()
            .register::<SourceRef>()
            .register::<SetWatching>()
            .register::<Nothing>();
        let out = specta_typescript::Typescript::default().export(&types, specta_serde::Format).unwrap();
        std::fs::write("/tmp/types.ts", out).unwrap();
    }
}
